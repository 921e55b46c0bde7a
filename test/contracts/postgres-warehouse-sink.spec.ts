import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresWarehouseSink } from '../../src/infrastructure/postgres/sinks/postgres-warehouse-sink.js';
import { freshName } from '../support/engine-of.js';
import { guardedDatabase, type GuardedDatabase, NOWHERE } from '../support/guarded-database.js';
import { warehouseSinkContract } from './warehouse-sink.contract.js';

const BOUNDS = { timeoutMs: 20_000, maxRows: 100, maxBytes: 1_000_000 };
const OPTIONS = { schema: 'public', statementTimeoutMs: 30_000, idempotencyKeptMs: 3_600_000, bounds: BOUNDS };

const poolAt = (url: string): PostgresPool =>
  new PostgresPool(async () => ({ url }), { poolSize: 2, longPoolSize: 4, statementTimeoutMs: 30_000 });

warehouseSinkContract('PostgreSQL (embedded)', async () => {
  const database = await guardedDatabase();
  const pools = [database.url, NOWHERE].map(poolAt);
  const [sink, unreachable] = pools.map((pool) => new PostgresWarehouseSink(pool, database.statements(), OPTIONS));
  return {
    sink: sink!,
    unreachable: unreachable!,
    namespace: 'public',
    parameter: ['SELECT $1::int AS n', [7]],
    rows: async (sql) => (await database.admin.query<Record<string, unknown>>(sql)).rows,
    dropNamespace: async (name) => void (await database.admin.query(`DROP SCHEMA ${name} CASCADE`)),
    close: async () => {
      await Promise.all(pools.map((pool) => pool.close()));
      await database.close();
    },
  };
});

describe('a table with a primary key in PostgreSQL', () => {
  let database: GuardedDatabase;
  let pool: PostgresPool;
  let sink: PostgresWarehouseSink;
  let table: string;
  beforeAll(async () => {
    database = await guardedDatabase();
    pool = poolAt(database.url);
    sink = new PostgresWarehouseSink(pool, database.statements(), OPTIONS);
    table = freshName('events');
    const columns = [
      { name: 'id', type: 'string', nullable: false },
      { name: 'event_type', type: 'string' },
      { name: 'count', type: 'long' },
    ] as const;
    await sink.createTable(table, { columns, primaryKey: 'id' });
  });
  afterAll(async () => {
    await pool.close();
    await database.close();
  });
  const rows = async (): Promise<unknown[]> =>
    (await database.admin.query(`SELECT id, event_type, count::int FROM ${table} ORDER BY id`)).rows;

  it('keeps the latest row of each key, within a batch and from batch to batch', async () => {
    const first = [
      { id: 'a', event_type: 'page_view', count: 1 },
      { id: 'a', event_type: 'page_view', count: 2 },
      { id: 'b', event_type: null, count: 3 },
    ];
    expect(await sink.writeBatch(first, { batchId: '1', table })).toBe(3);
    await sink.writeBatch([{ id: 'b', count: 9 }], { batchId: '2', table });
    expect(await rows()).toEqual([
      { id: 'a', event_type: 'page_view', count: 2 },
      { id: 'b', event_type: null, count: 9 },
    ]);
  });

  it('refuses rows without a key, and other rows under an id that was used', async () => {
    const without = sink.writeBatch([{ count: 1 }], { batchId: '3', table });
    await expect(without).rejects.toMatchObject({ code: 'rows.rejected', faults: [{ path: 'rows.0.id' }] });
    const other = sink.writeBatch([{ id: 'c', count: 1 }], { batchId: '1', table });
    await expect(other).rejects.toMatchObject({ code: 'idempotency-key.reused' });
  });

  it('lets PostgreSQL have the last word on constraints', async () => {
    await database.admin.query(`ALTER TABLE ${table} ADD CHECK (count < 1000)`);
    const wrong = sink.writeBatch([{ id: 'd', count: 1000 }], { batchId: '4', table });
    await expect(wrong).rejects.toMatchObject({ code: 'rows.rejected', message: expect.stringContaining('23514') });
  });
});
