import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresLoadLedger } from '../../src/infrastructure/postgres/postgres-load-ledger.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { migratedPostgres } from '../support/migrated-postgres.js';
import { loadLedgerContract } from './load-ledger.contract.js';

loadLedgerContract('PostgreSQL (embedded)', async () => {
  const url = await migratedPostgres();
  const pools = [url, url, 'postgres://nobody@127.0.0.1:9/none'].map(
    (place) => new PostgresPool(async () => ({ url: place }), { poolSize: 2, statementTimeoutMs: 20_000 }),
  );
  const [ledger, others, unreachable] = pools.map(
    (pool, n) =>
      new PostgresLoadLedger(pool, 'clickhouse', {
        statementTimeoutMs: n === 1 ? 2000 : 20_000,
        idempotencyKeptMs: 3_600_000,
      }),
  );
  return {
    ledger: ledger!,
    others: others!,
    unreachable: unreachable!,
    close: async () => {
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
});

describe('loads that wait for the turn of a table', () => {
  let pool: PostgresPool;
  let ledger: PostgresLoadLedger;
  beforeAll(async () => {
    const url = await migratedPostgres();
    pool = new PostgresPool(async () => ({ url }), { poolSize: 1, longPoolSize: 2, statementTimeoutMs: 1000 });
    ledger = new PostgresLoadLedger(pool, 'clickhouse', { statementTimeoutMs: 1000, idempotencyKeptMs: 3_600_000 });
  });
  afterAll(() => pool.close());

  const idle = async (): Promise<string> => 'done';

  it('leave connections to others, and are told when it does not come in time', async () => {
    await ledger.inTurn('user_locations', async () => {
      const waiting = Array.from({ length: 3 }, () => ledger.inTurn('user_locations', idle));
      const told = Promise.allSettled(waiting);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await Promise.race([ledger.inTurn('mobile_devices', idle), ...waiting])).toBe('done');
      for (const each of await told) {
        expect(each).toMatchObject({ status: 'rejected', reason: { code: 'database.busy' } });
      }
    });
    expect(await ledger.inTurn('user_locations', idle)).toBe('done');
  });

  it('can be given up, and are passed over then', async () => {
    const leaving = new AbortController();
    const order: string[] = [];
    const held = ledger.inTurn('user_locations', async () => {
      const first = ledger.inTurn('user_locations', async () => order.push('left'), leaving.signal);
      leaving.abort(new Error('left'));
      await expect(first).rejects.toThrow('left');
    });
    await Promise.all([held, ledger.inTurn('user_locations', async () => order.push('stayed'))]);
    expect(order).toEqual(['stayed']);
  });
});
