export const SCHEMAS_EXAMPLE = {
  status: 'success',
  schemas: {
    table1: {
      table_name: 'table1',
      schema_name: 'public',
      kind: 'table',
      comment: 'Orders, one row each',
      estimated_rows: 120_000,
      columns: [
        {
          name: 'id',
          type: 'bigint',
          nullable: false,
          default: null,
          generated: null,
          identity: 'always',
          comment: null,
        },
        {
          name: 'price',
          type: 'numeric(12,2)',
          nullable: false,
          default: '0',
          generated: null,
          identity: null,
          comment: 'In euros',
        },
      ],
      primary_key: ['id'],
      unique_keys: [],
      foreign_keys: [
        {
          name: 'table1_customer_fkey',
          columns: ['customer_id'],
          references: { schema_name: 'public', table_name: 'customers', columns: ['id'] },
          on_update: 'no action',
          on_delete: 'cascade',
        },
      ],
      partitioned_by: null,
      partition_of: null,
    },
  },
  unknown_tables: ['table2'],
};

const COLUMNS = [
  { name: 'id', type: 'bigint' },
  { name: 'price', type: 'numeric(12,2)' },
];

export const SAMPLES_EXAMPLE = {
  status: 'success',
  data: { table1: [{ id: 7, price: '12.50' }] },
  samples: { table1: { columns: COLUMNS, row_count: 1, method: 'pages', truncated: false } },
  unknown_tables: [],
};

export const ROWS_EXAMPLE = {
  status: 'success',
  columns: COLUMNS,
  rows: [{ id: 7, price: '12.50' }],
  row_count: 1,
  truncated: true,
  next: 'MTo4ZjQzNGIyYTk2YzA1ZDEx',
};

export const EFFECT_EXAMPLE = {
  status: 'success',
  affected_rows: 3,
  dry_run: false,
  columns: [],
  rows: [],
  row_count: 0,
  truncated: false,
};

export const AUDIT_EXAMPLE = {
  entries: [
    {
      id: '4711',
      recordedAt: '2025-06-01T12:00:00.000Z',
      requestId: '0b6f1c1e-6a0e-4a55-9a39-6e4f3c1f7c2d',
      caller: 'etl',
      engine: 'postgres',
      mode: 'read',
      dryRun: false,
      statement: 'SELECT * FROM table1 WHERE id = $1 AND city = ?',
      sha256: '5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9',
      parameterTypes: ['number'],
      outcome: 'refused',
      code: 'query.refused',
      rows: 0,
      durationMs: 2,
    },
  ],
  next: 'NDcxMQ',
};
