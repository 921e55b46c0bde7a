import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CopiesAhead } from '../../src/infrastructure/postgres/copy-chunk.js';
import { type ScratchPostgres, startScratchPostgres } from '../support/scratch-postgres.js';

const COPY = 'COPY counted FROM STDIN';

let postgres: ScratchPostgres;
let client: Client;
beforeAll(async () => {
  postgres = await startScratchPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  client = new Client({ connectionString: postgres.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('DROP TABLE IF EXISTS counted; CREATE TABLE counted (n bigint)');
  return () => client.end();
});

const lines = (from: number, rows: number): Buffer =>
  Buffer.from(Array.from({ length: rows }, (_, n) => `${from + n}\n`).join(''));

async function counted(): Promise<number> {
  return Number((await client.query('SELECT count(*) AS n FROM counted')).rows[0].n);
}

describe('COPYs that are sent ahead', () => {
  it('are stored one behind the other, however many there are, and again when all have ended', async () => {
    const copies = new CopiesAhead(client);
    await client.query('BEGIN');
    for (const base of [0, 10_000]) {
      const sent = Array.from({ length: 10 }, (_, n) => copies.copy(COPY, lines(base + n * 1000, n * 100)));
      expect(await Promise.all(sent)).toEqual(Array.from({ length: 10 }, (_, n) => n * 100));
    }
    await client.query('COMMIT');
    expect(await counted()).toBe(9000);
    const { rows } = await client.query('SELECT n FROM counted');
    expect(rows.map(({ n }) => Number(n))).toEqual(rows.map(({ n }) => Number(n)).sort((a, b) => a - b));
  });

  it('fail with the one before them, and leave the connection fit for use', async () => {
    const copies = new CopiesAhead(client);
    await client.query('BEGIN');
    const sent = [lines(0, 10), Buffer.from('none\n'), lines(10, 200_000), lines(20, 10)].map((bytes) =>
      copies.copy(COPY, bytes),
    );
    const outcomes = await Promise.allSettled(sent);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: 10 },
      { status: 'rejected', reason: { code: '22P02' } },
      { status: 'rejected', reason: { code: '25P02' } },
      { status: 'rejected', reason: { code: '25P02' } },
    ]);
    await client.query('ROLLBACK');
    expect(await counted()).toBe(0);
  });

  it('all fail when the connection is lost', async () => {
    const copies = new CopiesAhead(client);
    const other = new Client({ connectionString: postgres.url });
    await other.connect();
    await other.query('BEGIN; LOCK TABLE counted');
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    await client.query('BEGIN');
    const sent = [0, 10, 20].map((from) => copies.copy(COPY, lines(from, 10)));
    const outcomes = Promise.allSettled(sent);
    await other.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await other.query('ROLLBACK');
    await other.end();
    client = new Client({ connectionString: postgres.url });
    await client.connect();
    expect(await counted()).toBe(0);
  });
});
