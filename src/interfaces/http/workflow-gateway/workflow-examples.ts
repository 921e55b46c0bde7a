const RUN_ID = '20250113_123456_abc12345';
const DETAILS = { target_table: 'target_table_name', rows: 42 };

export const SUCCESS_EXAMPLE = {
  status: 'success',
  run_id: RUN_ID,
  message: 'ETL pipeline executed and validated successfully',
  details: DETAILS,
};

export const STARTED_EXAMPLE = { status: 'running', run_id: RUN_ID, message: 'The run goes on.' };

export const RUN_EXAMPLE = {
  run_id: RUN_ID,
  state: 'succeeded',
  prompt: 'Join the orders of both shops',
  source_tables: ['table1', 'table2'],
  target_table: 'target_table_name',
  caller: 'etl',
  created_at: '2025-01-13T12:34:56.000Z',
  started_at: '2025-01-13T12:34:56.100Z',
  finished_at: '2025-01-13T12:36:01.000Z',
  cancel_requested: false,
  result: SUCCESS_EXAMPLE,
};
