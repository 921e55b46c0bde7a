/** Answers as the document of the Kinesis Connector shows them, and what stands beside. */
export const SAMPLE_EXAMPLE = {
  inferredSchema: [
    { name: 'user_id', type: 'Nullable(Int64)' },
    { name: 'session_id', type: 'Nullable(String)' },
  ],
  sampleEvent: {
    event_timestamp: 1,
    event_type: 'purchase',
    page_url: 'https://www.example.com/',
    product_id: 84,
    session_id: 'af29b7b3-b1a4-4562-84ae-3447b1b2bcd8',
    user_id: 426,
  },
  evidence: {
    events: 100,
    unreadable: { 'too-large': 0, 'not-utf8': 0, 'not-json': 0, 'not-an-object': 0, 'repeated-field': 0 },
    leftOut: [],
    columns: {
      user_id: { seen: 98, null: 1, missing: 2, kinds: { int: 97 } },
      session_id: { seen: 100, null: 0, missing: 0, kinds: { text: 100 }, length: { min: 36, max: 36 } },
    },
  },
  proposedOrderBy: [],
};

export const AUTHENTICATED_EXAMPLE = {
  authenticated: true,
  streamNames: ['MyKinesisDataStream'],
  session: 'Zk3v0mX9c2Q7rT5bW8yN1pL4sD6fH0jKgA2eUiOxYtE',
  expiresAt: '2025-06-01T13:00:00.000Z',
};

export const TABLE_EXAMPLE = {
  create_table_query:
    'CREATE TABLE default.example_table (column_name_1 String, column_name_2 Int32, columns_name_3 Bool) ' +
    'ENGINE = MergeTree PRIMARY KEY column_name_1',
  message: 'Table created in ClickHouse and mapped to the stream. Its events are being copied into it.',
  streamARN: 'arn:aws:kinesis:us-west-1:ACCOUNT_ID:stream/MyKinesisDataStream',
  success: true,
  tableUUID: 'e2cc2c0e-2463-4d04-845f-58fa4d7f4df0',
  connectorId: 'example-table-5f0c2b7a',
};

export const QUERY_EXAMPLE = {
  metadata: {
    query: 'SELECT column_name_1, column_name_2 FROM default.example_table',
    row_count: 1,
    column_names: ['column_name_1', 'column_name_2'],
    column_types: ['String', 'Int32'],
    total_count: 1,
    page: 1,
    page_size: 100,
    total_pages: 1,
  },
  data: [{ column_name_1: 'a', column_name_2: 1 }],
};

export const SOURCES_EXAMPLE = [
  {
    streamName: 'MyKinesisDataStream',
    streamType: 'kinesis',
    tableName: 'example_table',
    createdOn: '2025-06-01T12:00:00.000Z',
    databaseName: 'default',
    connectorId: 'example-table-5f0c2b7a',
  },
];

export const CONNECTOR_EXAMPLE = {
  id: 'example-table-5f0c2b7a',
  streamName: 'MyKinesisDataStream',
  streamARN: 'arn:aws:kinesis:us-west-1:ACCOUNT_ID:stream/MyKinesisDataStream',
  databaseName: 'default',
  tableName: 'example_table',
  tableUUID: 'e2cc2c0e-2463-4d04-845f-58fa4d7f4df0',
  schema: [{ name: 'column_name_1', type: 'String' }],
  orderBy: ['column_name_1'],
  startFrom: 'TRIM_HORIZON',
  onNewField: 'evolve',
  format: 'json',
  state: 'running',
  createdOn: '2025-06-01T12:00:00.000Z',
  rows: 120_000,
  bytes: 36_000_000,
  deadLetters: 2,
  lagMs: 310,
  lastFlushAt: '2025-06-01T12:05:00.000Z',
  shards: [
    {
      shardId: 'shardId-000000000000',
      checkpoint: '49590338271490256608559692538361571095921575989136588898',
      owner: 'worker-1',
      rows: 120_000,
      bytes: 36_000_000,
      deadLetters: 2,
      lagMs: 310,
      lastFlushReason: 'age',
      lastFlushAt: '2025-06-01T12:05:00.000Z',
    },
  ],
};

export const DEAD_LETTERS_EXAMPLE = {
  deadLetters: [
    {
      id: '42',
      state: 'open',
      shardId: 'shardId-000000000000',
      sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
      subSequenceNumber: 0,
      partitionKey: 'user-7',
      arrivedAt: '2025-06-01T12:00:00.000Z',
      recordedAt: '2025-06-01T12:00:05.000Z',
      code: 'record.not-json',
      reason: 'The record is not one JSON object.',
      bytes: 'aGVsbG8=',
      text: 'hello',
    },
  ],
  next: 'NDI',
};
