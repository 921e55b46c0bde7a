const JANUARY = { name: 'sales_report_2025_01', from: '2025-01-01', until: '2025-02-01' };

export const PARTITIONS_EXAMPLE = {
  table: 'public.sales_report',
  keyColumn: 'sales_date',
  keyType: 'date',
  partitions: [JANUARY],
  gaps: [{ from: '2025-02-01', until: '2025-03-01' }],
  defaultPartition: 'sales_report_default',
  hasStrays: false,
};

export const CREATED_EXAMPLE = {
  table: 'public.sales_report',
  created: [{ ...JANUARY, moved: 17 }],
  existing: ['2025-02'],
  overlaps: [{ month: '2025-03', partitions: ['sales_report_spring'] }],
  gaps: [],
  dryRun: false,
  totals: 'kept',
};

export const MAINTAINED_EXAMPLE = {
  table: 'public.sales_report',
  created: [{ ...JANUARY, moved: 0 }],
  detached: ['sales_report_2023_01'],
  dropped: [],
  overlaps: [],
  gaps: [],
  hasStrays: false,
  dryRun: false,
  totals: 'kept',
};
