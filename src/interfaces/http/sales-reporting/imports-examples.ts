export const IMPORT_EXAMPLE = {
  id: '6f0d2a52-7d5e-4a6c-9a57-0a8b1c0f3b11',
  table: 'sales_report',
  source: 'sales_data_2.csv',
  state: 'succeeded',
  rows: 1000,
  imported: 997,
  rejected: 3,
  bytes: 81_234,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  errorTable: 'validation_logs',
  startedAt: '2025-03-01T08:00:00.000Z',
  finishedAt: '2025-03-01T08:00:00.412Z',
  durationMs: 412,
};

export const IMPORT_ERROR_EXAMPLE = {
  id: '17',
  import_id: IMPORT_EXAMPLE.id,
  table_name: 'sales_report',
  line_number: 14,
  raw_record: 'S-13,12,Kettle,North,2025-02-30,3,59.70,19.90',
  column_name: 'sales_date',
  value: '2025-02-30',
  rule: 'type',
  message: 'sales_date is not a date of the form YYYY-MM-DD.',
  created_at: '2025-03-01T08:00:00.412Z',
};

export const IMPORT_JOB_EXAMPLE = {
  id: '0f8f0f4e-7f36-4a3a-8a0a-2f0c0e6b1b52',
  table: 'sales_report',
  source: 'sales_data_2.csv',
  state: 'running',
  progress: { bytes: 1_048_576, totalBytes: 56_242_706, rows: 18_212, rejected: 3 },
  createdAt: '2025-03-01T08:00:00.000Z',
  startedAt: '2025-03-01T08:00:00.120Z',
};
