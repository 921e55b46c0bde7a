import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresUrl } from '../../src/infrastructure/postgres/postgres-address.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { engineOf, freshName } from '../support/engine-of.js';

/** Short, so that a session outlasts it. */
const STATEMENT_TIMEOUT_MS = 500;

let pool: PostgresPool;
let table: string;
beforeAll(async () => {
  const url = postgresUrl(await engineOf('postgres'));
  pool = new PostgresPool(async () => ({ url }), {
    poolSize: 1,
    longPoolSize: 1,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  table = freshName('session');
  await pool.query(`CREATE TABLE ${table} (a text)`);
});
afterAll(async () => {
  await pool.query(`DROP TABLE ${table}`);
  await pool.close();
});

const counted = async (): Promise<number> =>
  Number((await pool.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n);

describe('a session', () => {
  it('lets a COPY last longer than any statement of the pool, and a statement as long as it was told', async () => {
    await pool.session(
      async (client) => {
        const copy = client.query(copyFrom(`COPY ${table} FROM STDIN`));
        copy.write('one\n');
        await sleep(STATEMENT_TIMEOUT_MS + 2500); // beyond the grace of the client's own limit
        copy.end('two\n');
        await once(copy, 'finish');
        await client.query('SELECT pg_sleep(1)');
      },
      { statementTimeoutMs: 0 },
    );
    expect(await counted()).toBe(2);
    const late = pool.session((client) => client.query('SELECT pg_sleep(60)'), { statementTimeoutMs: 100 });
    await expect(late).rejects.toMatchObject({ code: '57014' });
    await expect(pool.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
  });

  it('leaves the connections of short statements alone', async () => {
    const answer = await pool.session(() => pool.query('SELECT 1 AS a'), { statementTimeoutMs: 0 });
    expect(answer.rows).toEqual([{ a: 1 }]);
  });

  it('keeps nothing of a transaction that was left open, failed or cut off', async () => {
    await pool.query(`TRUNCATE ${table}`);
    const begin = `BEGIN; INSERT INTO ${table} VALUES ('x')`;
    await pool.session((client) => client.query(begin), { statementTimeoutMs: 0 });
    const failed = pool.session(
      async (client) => {
        await client.query(begin);
        throw new Error('no');
      },
      { statementTimeoutMs: 0 },
    );
    await expect(failed).rejects.toThrow('no');
    const stop = new AbortController();
    const cut = pool.session(
      async (client) => {
        await client.query(begin);
        const copy = client.query(copyFrom(`COPY ${table} FROM STDIN`));
        copy.write('y\n');
        stop.abort(new Error('left'));
        await once(copy, 'finish');
      },
      { statementTimeoutMs: 0, signal: stop.signal },
    );
    await expect(cut).rejects.toThrow('left');
    const aborted = pool.session(async () => 1, { statementTimeoutMs: 0, signal: stop.signal });
    await expect(aborted).rejects.toThrow('left');
    expect(await counted()).toBe(0);
    // And the connection that comes next works.
    expect(await pool.session(async () => 'fine', { statementTimeoutMs: 0 })).toBe('fine');
  });

  it('survives that its connection is cut between two statements', async () => {
    const work = pool.session(
      async (client) => {
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        const ended = new Promise((resolve) => client.once('end', resolve));
        await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
        await ended;
        await client.query('SELECT 1');
      },
      { statementTimeoutMs: 0 },
    );
    await expect(work).rejects.toMatchObject({ code: 'database.unreachable' });
    expect(await pool.session(async () => 'fine', { statementTimeoutMs: 0 })).toBe('fine');
  });

  it('says that all are busy, when they are', async () => {
    let finish = (): void => undefined;
    const held = pool.session(() => new Promise<void>((resolve) => (finish = resolve)), { statementTimeoutMs: 0 });
    await expect(pool.session(async () => 1, { statementTimeoutMs: 0 })).rejects.toMatchObject({
      code: 'database.busy',
      retryAfterMs: expect.any(Number),
    });
    finish();
    await held;
  });

  it('says that nobody is there, when nobody is', async () => {
    const away = new PostgresPool(async () => ({ url: 'postgres://nobody@127.0.0.1:9/none' }), {
      poolSize: 1,
      statementTimeoutMs: 1000,
    });
    await expect(away.session(async () => 1, { statementTimeoutMs: 0 })).rejects.toMatchObject({
      code: 'database.unreachable',
    });
    await away.close();
  });
});
