import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { InsertReceipt, InsertRows, Row } from '../../src/domain/ports/warehouse-tables.port.js';
import { dwhTable } from '../../src/domain/warehouse-loading/dwh-tables.js';
import { rowSelection } from '../../src/domain/warehouse-loading/row-selection.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresWarehouseTables } from '../../src/infrastructure/postgres/postgres-warehouse-tables.js';
import { until } from '../support/until.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { CHUNK_LIMITS, rowsOf, warehouseTablesContract } from './warehouse-tables.contract.js';

const LIMITS = { ...CHUNK_LIMITS, statementTimeoutMs: 20_000, idempotencyKeptMs: 3_600_000 };

warehouseTablesContract('PostgreSQL (embedded)', async () => {
  const url = await migratedPostgres();
  const pools = [url, url, 'postgres://nobody@127.0.0.1:9/none'].map(
    (place) =>
      new PostgresPool(async () => ({ url: place }), { poolSize: 2, longPoolSize: 4, statementTimeoutMs: 20_000 }),
  );
  const [tables, others, unreachable] = pools.map((pool) => new PostgresWarehouseTables(pool, LIMITS));
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    tables: tables!,
    others: others!,
    unreachable: unreachable!,
    count: async (table) => Number((await client.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n),
    empty: async (table) => {
      await client.query(`DELETE FROM ${table}`);
      await client.query('DELETE FROM penstock.load_receipt');
      await client.query('DELETE FROM penstock.loaded_row');
    },
    close: async () => {
      await client.end();
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});

describe('large rows in PostgreSQL', () => {
  let pool: PostgresPool;
  let other: Client;
  let tables: PostgresWarehouseTables;
  const selection = rowSelection(dwhTable('user-locations'), {});
  beforeAll(async () => {
    const url = await migratedPostgres();
    pool = new PostgresPool(async () => ({ url }), { poolSize: 1, longPoolSize: 1, statementTimeoutMs: 20_000 });
    tables = new PostgresWarehouseTables(pool, LIMITS);
    other = new Client({ connectionString: url });
    await other.connect();
    await other.query(
      `INSERT INTO user_locations (uuid, city) SELECT n, repeat('x', 5000000) FROM generate_series(1, 40) n`,
    );
  });
  afterAll(async () => {
    await other.end();
    await pool.close();
  });

  it('are three of 5 MB on a page, and the connection after serves others', async () => {
    const page = await tables.list(selection, 100);
    expect(page.rows.map(({ uuid }) => uuid)).toEqual(['1', '2', '3']);
    const after = rowSelection(dwhTable('user-locations'), { cursor: page.next! });
    expect((await tables.list(after, 2)).rows.map(({ uuid }) => uuid)).toEqual(['4', '5']);
  });

  it('wait in PostgreSQL until they are read', async () => {
    const rows = tables.stream(selection)[Symbol.asyncIterator]();
    expect((await rows.next()).value).toMatchObject({ uuid: '1' });
    const waiting = async (): Promise<unknown> =>
      (await other.query(`SELECT wait_event FROM pg_stat_activity WHERE query LIKE 'FETCH%'`)).rows[0]?.wait_event;
    await until(waiting, (event) => event === 'ClientWrite');
    let count = 1;
    while ((await rows.next()).done !== true) count += 1;
    expect(count).toBe(40);
  });

  it('may be left in the middle', async () => {
    for (let time = 0; time < 3; time += 1) {
      for await (const row of tables.stream(selection)) if (row['uuid'] === '2') break;
    }
    expect((await tables.list(selection, 1)).rows).toHaveLength(1);
  });
});

describe('PostgreSQL with other work in the way', () => {
  const IMPATIENT = { ...CHUNK_LIMITS, statementTimeoutMs: 1000, idempotencyKeptMs: 3_600_000 };
  let url: string;
  let pool: PostgresPool;
  let other: Client;
  beforeAll(async () => {
    url = await migratedPostgres();
    pool = new PostgresPool(async () => ({ url }), { poolSize: 4, statementTimeoutMs: 1000 });
    other = new Client({ connectionString: url });
    await other.connect();
  });
  afterAll(async () => {
    await other.end();
    await pool.close();
  });
  beforeEach(() => other.query('TRUNCATE user_locations, penstock.load_receipt'));

  const tables = (limits = IMPATIENT): PostgresWarehouseTables => new PostgresWarehouseTables(pool, limits);
  const insert = (rows: AsyncIterable<Row>, options: Partial<InsertRows> = {}): Promise<InsertReceipt> =>
    tables().insert('user-locations', rows, { onConflict: 'error', ...options });
  const counted = async (): Promise<number> =>
    Number((await other.query('SELECT count(*) AS n FROM user_locations')).rows[0].n);

  it('gives up loads and lists that wait for a lock, and leaves nothing', async () => {
    await other.query('BEGIN; LOCK TABLE user_locations');
    await expect(insert(rowsOf([{ uuid: 'a' }]))).rejects.toMatchObject({ code: 'query.timeout' });
    const selection = rowSelection(dwhTable('user-locations'), {});
    await expect(tables().list(selection, 1)).rejects.toMatchObject({ code: 'query.timeout' });
    const stream = tables().stream(selection)[Symbol.asyncIterator]();
    await expect(stream.next()).rejects.toMatchObject({ code: 'query.timeout' });
    await other.query('ROLLBACK');
    expect(await counted()).toBe(0);
  });

  it('tells that a key is in use while its first load is still on its way', async () => {
    let finish = (): void => undefined;
    const rows = (async function* slow(): AsyncGenerator<Row> {
      yield* Array.from({ length: 25 }, (_, n) => ({ uuid: `u-${n}` }));
      await new Promise<void>((resolve) => (finish = resolve));
    })();
    const first = insert(rows, { idempotencyKey: 'k' });
    const claimed = async (): Promise<boolean> =>
      (await other.query("SELECT 1 FROM pg_locks WHERE relation = 'penstock.load_receipt'::regclass")).rows.length > 0;
    await until(claimed, Boolean);
    const second = insert(rowsOf([{ uuid: 'u-0' }]), { idempotencyKey: 'k' });
    await expect(second).rejects.toMatchObject({ code: 'idempotency-key.in-use', retryAfterMs: expect.any(Number) });
    finish();
    expect(await first).toMatchObject({ count: 25 });
  });

  it('forgets receipts after their time', async () => {
    const load = { onConflict: 'ignore', idempotencyKey: 'k' } as const;
    const rows = (): AsyncIterable<Row> => rowsOf([{ uuid: 'a' }]);
    const shortly = tables({ ...IMPATIENT, idempotencyKeptMs: 1 });
    expect(await shortly.insert('user-locations', rows(), load)).toMatchObject({ count: 1 });
    await until(
      async () => (await other.query('SELECT 1 FROM penstock.load_receipt WHERE expires_at < now()')).rows.length,
      Boolean,
    );
    expect(await tables().insert('user-locations', rows(), load)).toMatchObject({ count: 0 });
  });

  it('forgets after their time which rows were loaded into a table without a key', async () => {
    const load = { onConflict: 'ignore', onceBy: 'uuid' } as const;
    const shortly = tables({ ...IMPATIENT, idempotencyKeptMs: 1 });
    const rows = (uuid: string): AsyncIterable<Row> => rowsOf([{ uuid }]);
    const noted = async () => (await other.query('SELECT row_key FROM penstock.loaded_row')).rows;
    await shortly.insert('event-properties', rows('a'), load);
    await until(
      async () => (await other.query('SELECT 1 FROM penstock.loaded_row WHERE expires_at < now()')).rows.length,
      Boolean,
    );
    await tables().insert('event-properties', rows('b'), load);
    expect(await noted()).toEqual([{ row_key: 'b' }]);
    expect(await tables().insert('event-properties', rows('a'), load)).toMatchObject({ count: 1 });
  });

  it('tells a conflict at once, though the next rows are a long time coming', async () => {
    await insert(rowsOf([{ uuid: 'u-13' }]));
    const rows = (async function* stuck(): AsyncGenerator<Row> {
      yield* Array.from({ length: 31 }, (_, n) => ({ uuid: `u-${n}` }));
      await new Promise<void>(() => undefined);
    })();
    await expect(insert(rows)).rejects.toMatchObject({
      code: 'rows.conflict',
      faults: [{ path: 'data.13.uuid', message: expect.stringContaining('in the table') }],
    });
    expect(await counted()).toBe(1);
  });

  it('leaves no gap in the ids behind a load whose rows are known', async () => {
    const rows = Array.from({ length: 45 }, (_, n) => ({ uuid: `u-${n}` }));
    const known = {
      [Symbol.asyncIterator]: () => rowsOf(rows),
      async *batches(): AsyncGenerator<Row[]> {
        yield rows;
      },
    };
    const receipt = await insert(known);
    const [[first] = [null]] = receipt.ids ?? [];
    expect(receipt).toMatchObject({ ids: [[first, 45]], count: 45, batches: 5 });
    expect(await insert(rowsOf([{ uuid: 'next' }]))).toMatchObject({ ids: [[first! + 45, 1]] });
  });

  it('keeps ids apart when others take some of the same sequence in between', async () => {
    const takeOne = async (): Promise<void> => {
      for (let time = 0; time < 300; time += 1) {
        await other.query(
          "SELECT nextval(pg_get_serial_sequence('public.user_locations', 'id')) FROM generate_series(1, 20)",
        );
      }
    };
    const rows = Array.from({ length: 300 }, (_, n) => ({ uuid: `u-${n}` }));
    const [receipt] = await Promise.all([insert(rowsOf(rows)), takeOne()]);
    const { rows: kept } = await other.query<{ id: string }>('SELECT id FROM user_locations ORDER BY id');
    const answered = receipt.ids!.flatMap(([first, length]) => Array.from({ length }, (_, n) => first! + n));
    expect(answered).toEqual(kept.map(({ id }) => Number(id)));
  });
});
