import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { InsertReceipt, InsertRows, Row } from '../../src/domain/ports/warehouse-tables.port.js';
import { dwhTable } from '../../src/domain/warehouse-loading/dwh-tables.js';
import { idsOf } from '../../src/domain/warehouse-loading/id-runs.js';
import { rowSelection } from '../../src/domain/warehouse-loading/row-selection.js';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseWarehouseTables } from '../../src/infrastructure/clickhouse/clickhouse-warehouse-tables.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { PostgresLoadLedger } from '../../src/infrastructure/postgres/postgres-load-ledger.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { NOBODY } from '../support/engine-of.js';
import { type FaultyPath, faultyPathTo } from '../support/faulty-path.js';
import { migratedClickhouse, type MigratedClickhouse } from '../support/migrated-clickhouse.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { CHUNK_LIMITS, rowsOf, warehouseTablesContract } from './warehouse-tables.contract.js';

const LIMITS = {
  ...CHUNK_LIMITS,
  insertTimeoutMs: 30_000,
  statementTimeoutMs: 20_000,
  idempotencyKeptMs: 3_600_000,
};

/** Tables on ClickHouse whose ledger is in the database of PostgreSQL. */
class Adapters {
  private readonly closing: { close(): Promise<void> }[] = [];

  constructor(private readonly postgresUrl: string) {}

  at(place: EngineEndpoint, limits = LIMITS): ClickhouseWarehouseTables {
    const connection = new ClickhouseConnection(async () => place, { maxConnections: 8, idleTimeoutMs: 30_000 });
    const url = this.postgresUrl;
    const pool = new PostgresPool(async () => ({ url }), { poolSize: 2, longPoolSize: 4, statementTimeoutMs: 20_000 });
    this.closing.push(connection, pool);
    const ledger = new PostgresLoadLedger(pool, 'clickhouse', limits);
    return new ClickhouseWarehouseTables(connection, ledger, limits);
  }

  async close(): Promise<void> {
    await Promise.all(this.closing.map((each) => each.close()));
  }
}

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

warehouseTablesContract('ClickHouse (embedded), with ids and receipts in PostgreSQL', async () => {
  const [clickhouse, url] = [await migratedClickhouse(), await migratedPostgres()];
  const postgres = await connected(url);
  const adapters = new Adapters(url);
  return {
    tables: adapters.at(clickhouse.endpoint),
    others: adapters.at(clickhouse.endpoint),
    unreachable: adapters.at(NOBODY),
    count: (table) => clickhouse.count(table),
    empty: async (table) => {
      // With its memory of tokens, which a test may use again.
      await clickhouse.client.command({ query: `TRUNCATE TABLE ${table}` });
      await postgres.query('DELETE FROM penstock.load_receipt');
    },
    close: async () => {
      await postgres.end();
      await adapters.close();
      await clickhouse.close();
    },
  };
});

describe('a load into ClickHouse whose answer is lost', () => {
  let clickhouse: MigratedClickhouse;
  let path: FaultyPath;
  let adapters: Adapters;
  let tables: ClickhouseWarehouseTables;
  let postgres: Client;
  beforeAll(async () => {
    clickhouse = await migratedClickhouse();
    path = await faultyPathTo(clickhouse.endpoint.url);
    const url = await migratedPostgres();
    postgres = await connected(url);
    adapters = new Adapters(url);
    tables = adapters.at({ ...clickhouse.endpoint, url: path.url });
  });
  afterAll(async () => {
    await postgres.end();
    await adapters.close();
    await path.close();
    await clickhouse.close();
  });
  beforeEach(async () => {
    await postgres.query('DELETE FROM penstock.load_receipt');
    // With the memory of tokens.
    await clickhouse.client.command({ query: 'TRUNCATE TABLE user_locations' });
    await clickhouse.client.command({ query: 'TRUNCATE TABLE tmp_event_properties' });
  });

  const insert = (rows: readonly Row[], options: Partial<InsertRows>): Promise<InsertReceipt> =>
    tables.insert('user-locations', rowsOf(rows), { onConflict: 'error', ...options });
  const rows = Array.from({ length: 25 }, (_, n) => ({ uuid: `u-${n}` }));
  const event = (uuid: string, options: Partial<InsertRows>, at = tables): Promise<InsertReceipt> =>
    at.insert('event-properties', rowsOf([{ uuid }]), { onConflict: 'error', ...options });
  const loseInserts: (instead?: Parameters<FaultyPath['loseAnswers']>[2]) => void = (instead) =>
    path.loseAnswers(
      1,
      ({ path: query, body }) => `${query}${String(body.subarray(0, 200))}`.includes('INSERT'),
      instead,
    );

  it.each(['error', 'ignore', 'update'] as const)(
    'is there once when it is repeated with its key: %s',
    async (onConflict) => {
      const idempotencyKey = `lost-${onConflict}`;
      loseInserts();
      await expect(insert(rows, { idempotencyKey, onConflict })).rejects.toMatchObject({
        code: 'warehouse.unreachable',
      });
      expect(await clickhouse.count('user_locations')).toBe(25);
      const receipt = await insert(rows, { idempotencyKey, onConflict });
      expect(receipt).toMatchObject({ count: 25, batches: 1 });
      expect(await insert(rows, { idempotencyKey, onConflict })).toEqual(receipt);
      expect(await clickhouse.count('user_locations')).toBe(25);
    },
  );

  describe('and whose rows were not stored, while others took one of its keys', () => {
    const two = [
      { uuid: 'mine', city: 'a' },
      { uuid: 'taken', city: 'a' },
    ];
    const load = (onConflict: InsertRows['onConflict']): Promise<InsertReceipt> =>
      insert(two, { idempotencyKey: `stopped-${onConflict}`, onConflict });
    const stored = async (uuid: string): Promise<Row | undefined> =>
      (await tables.list(rowSelection(dwhTable('user-locations'), { pk: uuid }), 10)).rows[0];
    let first: FaultyPath['passed'][number] | undefined;
    const deliverLate = (): Promise<number> => path.deliverAgain(first!);

    /** @returns the id of the row that others loaded */
    const stopped = async (onConflict: InsertRows['onConflict']): Promise<unknown> => {
      loseInserts();
      await expect(load(onConflict)).rejects.toMatchObject({ code: 'warehouse.unreachable' });
      first = path.passed.findLast(({ body }) => String(body).startsWith('mine\t'));
      await clickhouse.client.command({ query: 'TRUNCATE TABLE user_locations' });
      await insert([{ uuid: 'taken', city: 'b' }], {});
      return (await stored('taken'))?.['id'];
    };

    it('is a conflict where conflicts are errors, also when it is repeated again', async () => {
      const id = await stopped('error');
      for (let time = 0; time < 2; time += 1) {
        const conflict = { code: 'rows.conflict', faults: [{ path: 'data.1.uuid' }] };
        await expect(load('error')).rejects.toMatchObject(conflict);
      }
      expect(await stored('taken')).toMatchObject({ id, city: 'b' });
      expect(await stored('mine')).toBeUndefined();
    });

    it.each(['in time', 'late'])('leaves their row as it is by "ignore", and is stored once: %s', async (arrival) => {
      const id = await stopped('ignore');
      if (arrival === 'late') expect(await deliverLate()).toBe(200);
      const { ids, count } = await load('ignore');
      expect([count, idsOf(ids ?? [])]).toEqual([1, [(await stored('mine'))?.['id'], null]]);
      expect(await stored('taken')).toMatchObject({ id, city: 'b' });
      expect(await deliverLate()).toBe(200);
      expect(await stored('mine')).toMatchObject({ id: idsOf(ids ?? [])[0] });
      expect(await stored('taken')).toMatchObject({ id, city: 'b' });
    });

    it('updates their row, which keeps its id, by "update"', async () => {
      const id = await stopped('update');
      const receipt = await load('update');
      expect(idsOf(receipt.ids ?? [])).toEqual([(await stored('mine'))?.['id'], id]);
      expect(await stored('taken')).toMatchObject({ id, city: 'a' });
      expect(await load('update')).toEqual(receipt);
    });

    it('tells rows that are not its own from a conflict', async () => {
      await stopped('error');
      const other = insert([{ uuid: 'x' }, { uuid: 'taken' }], { idempotencyKey: 'stopped-error' });
      await expect(other).rejects.toMatchObject({ code: 'idempotency-key.reused' });
    });
  });

  it('does not let other rows have its key', async () => {
    loseInserts();
    await expect(insert(rows, { idempotencyKey: 'other' })).rejects.toMatchObject({ code: 'warehouse.unreachable' });
    const other = insert([{ uuid: 'x' }], { idempotencyKey: 'other' });
    await expect(other).rejects.toMatchObject({ code: 'idempotency-key.reused' });
    expect(await clickhouse.count('user_locations')).toBe(25);
  });

  it('stores what comes under a key that has expired, though ClickHouse remembers the load before', async () => {
    const shortly = adapters.at(clickhouse.endpoint, { ...LIMITS, idempotencyKeptMs: 1 });
    for (const uuid of ['monday', 'tuesday', 'wednesday']) {
      expect(await event(uuid, { idempotencyKey: 'daily' }, shortly)).toMatchObject({ count: 1 });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await clickhouse.count('tmp_event_properties')).toBe(3);
  });

  it('is there once when ClickHouse does not know itself what became of it', async () => {
    const body = Buffer.from('Code: 319. DB::Exception: Unknown status, client must retry. (UNKNOWN_STATUS_OF_INSERT)');
    loseInserts({ status: 500, headers: { 'x-clickhouse-exception-code': '319' }, body });
    const load = event('a', { idempotencyKey: 'unknown' });
    await expect(load).rejects.toMatchObject({ code: 'warehouse.unreachable' });
    expect(await event('a', { idempotencyKey: 'unknown' })).toMatchObject({ count: 1 });
    expect(await clickhouse.count('tmp_event_properties')).toBe(1);
  });

  it('is repeated under the token of the version that began it', async () => {
    const idempotencyKey = 'former';
    loseInserts();
    await expect(event('a', { idempotencyKey })).rejects.toMatchObject({ code: 'warehouse.unreachable' });
    await clickhouse.client.command({ query: 'TRUNCATE TABLE tmp_event_properties' });
    await clickhouse.client.command({
      query: "INSERT INTO tmp_event_properties (id, uuid) VALUES (1, 'a')",
      clickhouse_settings: { insert_deduplication_token: `load:tmp_event_properties:${idempotencyKey}` },
    });
    await postgres.query("UPDATE penstock.load_receipt SET receipt = receipt - 'token'");
    expect(await event('a', { idempotencyKey })).toMatchObject({ count: 1 });
    expect(await clickhouse.count('tmp_event_properties')).toBe(1);
  });

  it('tells by its conflicts that it was stored, without a key', async () => {
    loseInserts();
    await expect(insert(rows, {})).rejects.toMatchObject({ code: 'warehouse.unreachable' });
    await expect(insert(rows, {})).rejects.toMatchObject({ code: 'rows.conflict' });
  });
});

describe('a load into ClickHouse that takes long', () => {
  let clickhouse: MigratedClickhouse;
  let adapters: Adapters;
  beforeAll(async () => {
    clickhouse = await migratedClickhouse();
    adapters = new Adapters(await migratedPostgres());
  });
  afterAll(async () => {
    await adapters.close();
    await clickhouse.close();
  });

  const impatient = { ...LIMITS, insertTimeoutMs: 1000 };
  /** More than is gathered before the insert begins. */
  async function* slowly(): AsyncGenerator<Row> {
    for (let n = 0; n < 300; n += 1) {
      if (n > 270 && n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 700));
      yield { uuid: `u-${n}`, city: 'x'.repeat(16_000) };
    }
  }

  it('is not cut because its rows are long in coming', async () => {
    const load = adapters
      .at(clickhouse.endpoint, impatient)
      .insert('user-locations', slowly(), { onConflict: 'error' });
    expect(await load).toMatchObject({ count: 300 });
    expect(await clickhouse.count('user_locations')).toBe(300);
  });

  it('does not keep others from the table before it has come whole', async () => {
    const tables = adapters.at(clickhouse.endpoint);
    const insert = (rows: AsyncIterable<Row>): Promise<InsertReceipt> =>
      tables.insert('mobile-devices', rows, { onConflict: 'error' });
    let goOn = (): void => undefined;
    const pause = new Promise<void>((resolve) => (goOn = resolve));
    const pausing = (async function* (): AsyncGenerator<Row> {
      yield* Array.from({ length: 50 }, (_, n) => ({ device_id: `slow-${n}` }));
      await pause;
      yield { device_id: 'last' };
    })();
    const slow = insert(pausing);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await insert(rowsOf([{ device_id: 'quick' }]))).toMatchObject({ count: 1 });
    goOn();
    expect(await slow).toMatchObject({ count: 51 });
    expect(await clickhouse.count('mobile_devices')).toBe(52);
  });

  it('is given up when ClickHouse has all of it and does not answer', async () => {
    const silent = createServer((request) => request.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const tables = adapters.at({ ...clickhouse.endpoint, url }, impatient);
    const load = tables.insert('event-properties', rowsOf([{ uuid: 'a' }]), { onConflict: 'error' });
    await expect(load).rejects.toMatchObject({ code: 'warehouse.unreachable' });
    silent.closeAllConnections();
    silent.close();
  });
});
