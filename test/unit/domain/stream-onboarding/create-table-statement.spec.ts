import { describe, expect, it } from 'vitest';
import { PenstockError } from '../../../../src/domain/errors.js';
import {
  createTableStatement,
  distributedTableStatement,
} from '../../../../src/domain/stream-onboarding/create-table-statement.js';
import type { TableStatementDefinition } from '../../../../src/domain/stream-onboarding/check-table-definition.js';
import { quoteIdentifier, quoteString } from '../../../../src/domain/shared/sql-quoting.js';
import { clickHouseInProcess } from '../../../support/clickhouse-in-process.js';

const engine = clickHouseInProcess();

const seed: TableStatementDefinition = {
  name: { database: 'default', table: 'example_table' },
  columns: [
    { name: 'column_name_1', type: 'String' },
    { name: 'column_name_2', type: 'Int32' },
    { name: 'columns_name_3', type: 'Boolean' },
  ],
  orderBy: ['column_name_1'],
  comment: 'penstock:abc',
};

/** The faults of a refused definition, as `path message`, after its code. */
function refusal(change: Partial<TableStatementDefinition>): string[] {
  try {
    createTableStatement({ ...seed, ...change });
  } catch (error) {
    if (!(error instanceof PenstockError)) throw error;
    return [error.code, ...error.faults.map(({ path, message }) => `${path} ${message}`)];
  }
  return ['accepted'];
}

describe('createTableStatement', () => {
  it("writes the document's statement, then the deduplication window and the comment", () => {
    expect(createTableStatement(seed)).toBe(
      'CREATE TABLE default.example_table(column_name_1 String, column_name_2 Int32, columns_name_3 Boolean)' +
        ' ENGINE = MergeTree() PRIMARY KEY column_name_1' +
        " SETTINGS non_replicated_deduplication_window = 10000 COMMENT 'penstock:abc'",
    );
  });

  it('puts several sort keys in parentheses, and none in an empty tuple', () => {
    expect(createTableStatement({ ...seed, orderBy: ['column_name_2', 'column_name_1'] })).toContain(
      'MergeTree() PRIMARY KEY (column_name_2, column_name_1) SETTINGS',
    );
    expect(createTableStatement({ ...seed, orderBy: [] })).toContain('MergeTree() ORDER BY tuple() SETTINGS');
  });

  it('makes replicated tables on a cluster, with their own deduplication window', () => {
    const statement = createTableStatement({ ...seed, cluster: 'main' });
    expect(statement).toContain('example_table ON CLUSTER main(');
    expect(statement).toContain('ENGINE = ReplicatedMergeTree() PRIMARY KEY column_name_1');
    expect(statement).toContain(' SETTINGS replicated_deduplication_window = 10000 ');
  });

  it('spreads rows over shards by their own values, so that a repeated batch meets its token', () => {
    const local = { database: 'default', table: 'example_local' };
    const statement = distributedTableStatement({ ...seed, cluster: 'main' }, local);
    expect(statement).toBe(
      'CREATE TABLE default.example_table ON CLUSTER main AS default.example_local' +
        " ENGINE = Distributed('main', 'default', 'example_local', cityHash64(column_name_1)) COMMENT 'penstock:abc'",
    );
    expect(statement).not.toContain('rand');
  });

  it('quotes every keyword of ClickHouse as far as it must', () => {
    const words = engine
      .query("SELECT lower(keyword) FROM system.keywords WHERE match(keyword, '^\\\\w+$')", 'TSV')
      .trim();
    const names = words.split('\n');
    expect(names.length).toBeGreaterThan(300);
    for (const first of names.filter((word) => /^[a-z_]/u.test(word))) {
      engine.query(
        `EXPLAIN AST ${createTableStatement({ ...seed, columns: [{ name: first, type: 'Int32' }], orderBy: [first] })}`,
      );
    }
    const columns = names.map((name) => ({ name, type: 'Int32' }));
    engine.query(
      createTableStatement({
        ...seed,
        name: { database: 'default', table: 'select' },
        columns,
        orderBy: names.slice(0, 50),
      }),
    );
    const count = engine.query(
      "SELECT count() FROM system.columns WHERE database = 'default' AND table = 'select'",
      'TSV',
    );
    expect(Number(count)).toBe(names.length);
  });

  it('takes hostile names and comments as names and texts', () => {
    const names = [
      'a`b',
      "a'b",
      'a\\b',
      'a"b',
      'a) ENGINE = Null --',
      'ümläut',
      '日本',
      'a b',
      '1a',
      'a.b',
      '🎈',
      '`',
      '\\`',
    ];
    const columns = names.map((name) => ({ name, type: 'Int32' }));
    const comment = "it's \\ ` \n /* -- ";
    const name = { database: 'default', table: 'host`ile\\' };
    engine.query(createTableStatement({ name, columns, orderBy: names, comment }));
    const kept = engine.query(
      `SELECT name FROM system.columns WHERE table = ${quoteString(name.table)} ORDER BY position`,
      'JSONCompactColumns',
    );
    expect(JSON.parse(kept)).toEqual([names]);
    const read = engine.query(
      `SELECT comment FROM system.tables WHERE name = ${quoteString(name.table)}`,
      'JSONCompactColumns',
    );
    expect(JSON.parse(read)).toEqual([[comment]]);
  });

  it.each([
    'LowCardinality(String)',
    "Enum8('a' = 1, 'it''s\\' )' = -2)",
    'Map(String, Array(Nullable(Int64)))',
    "DateTime64(3, 'UTC')",
    'Tuple(a Int32, `b c` Tuple(String, UUID))',
    'Decimal(18, 4)',
    'FixedString(16)',
    'AggregateFunction(quantiles(0.5, 0.9), Float64)',
    "JSON(max_dynamic_paths = 8, a.b UInt32, SKIP c, SKIP REGEXP 'd.*')",
    'Nullable(JSON)',
    'Variant(Int64, String)',
    'double precision',
    'BIGINT UNSIGNED',
    ' Int32 ',
    'bool',
  ])('makes a column of the type %s', (type) => {
    engine.query('DROP TABLE IF EXISTS t');
    const columns = [
      { name: 'id', type: 'Int8' },
      { name: 'value', type },
    ];
    engine.query(
      createTableStatement({ ...seed, name: { database: 'default', table: 't' }, columns, orderBy: ['id'] }),
    );
    expect(engine.query("SELECT count() FROM system.columns WHERE table = 't'", 'TSV').trim()).toBe('2');
  });

  it.each([
    '',
    'Int32) ENGINE = Null --',
    'Int32, b Int32',
    'Int32 DEFAULT 5',
    'Int32; DROP TABLE x',
    'Int32 /* */',
    "Enum8('a' = 1",
    "Enum8('a = 1)",
    'Array(Int32))',
    'Array(Int32) CODEC(NONE)',
    'Array(Int32 -- )\n)',
    'Array({x:Identifier})',
    `${'Array('.repeat(40)}Int8${')'.repeat(40)}`,
    'x'.repeat(20_000),
  ])('refuses %j as a type', (type) => {
    const columns = [
      { name: 'a', type: 'Int8' },
      { name: 'b', type },
    ];
    expect(refusal({ columns, orderBy: ['a'] })).toEqual(['schema.invalid', 'schema.1.type is not a type']);
  });

  it('refuses names that no table can have, each by its path', () => {
    expect(refusal({ name: { database: '', table: 'a\nb' } })).toEqual([
      'identifier.invalid',
      'databaseName is empty',
      'tableName has control characters or broken Unicode',
    ]);
    expect(refusal({ name: { database: 'd', table: 'é'.repeat(34) } })).toEqual([
      'identifier.invalid',
      'tableName is longer than 200 bytes',
    ]);
    const columns = [
      { name: ' ', type: 'Int8' },
      { name: 'x'.repeat(256), type: 'Int8' },
      { name: '\ud800', type: 'Int8' },
    ];
    expect(refusal({ columns, orderBy: [] })).toEqual([
      'identifier.invalid',
      'schema.0.name is empty',
      'schema.1.name is longer than 255 bytes',
      'schema.2.name has control characters or broken Unicode',
    ]);
  });

  it('refuses empty, doubled and endless schemas', () => {
    expect(refusal({ columns: [], orderBy: [] })).toEqual(['schema.invalid', 'schema has no column']);
    const twice = [
      { name: 'a', type: 'Int8' },
      { name: 'a', type: 'Int8' },
    ];
    expect(refusal({ columns: twice, orderBy: [] })).toEqual(['schema.invalid', 'schema.1.name is there twice']);
    const many = Array.from({ length: 1001 }, (_, index) => ({ name: `c${index}`, type: 'Int8' }));
    expect(refusal({ columns: many, orderBy: [] })).toEqual(['schema.invalid', 'schema has more than 1000 columns']);
  });

  it.each([
    'Nullable(Int64)',
    'LowCardinality(Nullable(String))',
    'Array(Nullable(Int8))',
    'JSON',
    'Dynamic',
    'AggregateFunction(sum, Int8)',
  ])('refuses to sort by %s', (type) => {
    expect(refusal({ columns: [{ name: 'a', type }], orderBy: ['a'] })).toEqual([
      'schema.invalid',
      'orderBy.0 cannot be sorted by: its type is Nullable or has no order',
    ]);
  });

  it('sorts by an Enum whose values only look Nullable', () => {
    expect(refusal({ columns: [{ name: 'a', type: "Enum8('Nullable(x)' = 1, 'json' = 2)" }], orderBy: ['a'] })).toEqual(
      ['accepted'],
    );
  });

  it('refuses unknown and repeated sort keys', () => {
    expect(refusal({ orderBy: ['nowhere', 'column_name_1', 'column_name_1'] })).toEqual([
      'schema.invalid',
      'orderBy.0 is not a column of the schema',
      'orderBy.2 is there twice',
    ]);
  });
});

describe('quoting', () => {
  it('leaves plain names bare, also the database everybody has', () => {
    expect(['default', 'user_id', 'timestamp', '_stream', 'A1'].map(quoteIdentifier)).toEqual([
      'default',
      'user_id',
      'timestamp',
      '_stream',
      'A1',
    ]);
  });

  it('quotes keywords in any case, and everything that is no plain name', () => {
    expect(['Index', 'NULL', 'order', '1a', 'a-b', 'a`b', 'a\\'].map(quoteIdentifier)).toEqual([
      '`Index`',
      '`NULL`',
      '`order`',
      '`1a`',
      '`a-b`',
      '`a\\`b`',
      '`a\\\\`',
    ]);
  });
});
