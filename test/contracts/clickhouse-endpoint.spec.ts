import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClickHouseProcess, startClickHouse, stopClickHouse } from '../support/clickhouse-process.js';
import { clickHouseEndpointContract } from './clickhouse-endpoint.contract.js';

const server = process.env['CLICKHOUSE_TEST_URL'];
if (server) {
  const { username, password, origin } = new URL(server);
  clickHouseEndpointContract('a server', async () => ({
    url: origin,
    username: decodeURIComponent(username) || 'default',
    password: decodeURIComponent(password),
  }));
}

describe('The embedded ClickHouse', () => {
  let shared: ClickHouseProcess | undefined;
  let sharedDir = '';
  clickHouseEndpointContract('the embedded engine', async () => {
    sharedDir = await mkdtemp(join(tmpdir(), 'penstock-clickhouse-'));
    shared = await startClickHouse(sharedDir);
    return shared;
  });
  afterAll(async () => {
    if (shared) await stopClickHouse(shared);
    await rm(sharedDir, { recursive: true, force: true });
  });
});

describe('The process of the embedded ClickHouse', () => {
  let dir: string;
  let engine: ClickHouseProcess;
  let client: ClickHouseClient;
  const start = async (extra: Record<string, unknown> = {}) => {
    engine = await startClickHouse(dir, extra);
    client = createClient({ ...access(engine), log: { level: ClickHouseLogLevel.OFF } });
  };
  const restart = async (signal: NodeJS.Signals) => {
    await client.close();
    await stopClickHouse(engine, signal);
    await start();
  };
  const value = async (query: string): Promise<unknown> => {
    const result = await client.query({ query, format: 'JSONCompactEachRow' });
    return (await result.json<unknown[]>())[0]?.[0];
  };

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'penstock-clickhouse-'));
    await start();
  });
  afterEach(async () => {
    await client.close();
    await stopClickHouse(engine);
    await rm(dir, { recursive: true, force: true });
  });

  const uuidOf = (table: string) =>
    value(`SELECT toString(uuid) FROM system.tables WHERE database = 'default' AND name = '${table}'`);

  it('gives tables of the database default a UUID that survives restarts and kill -9', async () => {
    await client.command({ query: 'CREATE TABLE default.t (a UInt32) ENGINE = MergeTree ORDER BY a' });
    await client.insert({ table: 't', values: [{ a: 1 }], format: 'JSONEachRow' });
    const uuid = await uuidOf('t');
    expect(uuid).toMatch(/^(?!00000000)[0-9a-f-]{36}$/);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await restart(signal);
      expect(await uuidOf('t')).toBe(uuid);
      await client.insert({ table: 't', values: [{ a: 2 }], format: 'JSONEachRow' });
    }
    expect(await value('SELECT toUInt32(count()) FROM t')).toBe(3);
    await client.command({ query: 'RENAME TABLE t TO u' });
    expect(await uuidOf('u')).toBe(uuid);
  });

  it('puts the database default back when somebody drops it', async () => {
    await client.command({ query: 'DROP DATABASE default' });
    await client.command({ query: 'CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a' });
    expect(await uuidOf('t')).toMatch(/^(?!00000000)/);
  });

  it('knows the tokens of inserts it answered, or not, before it was killed', async () => {
    const window = 'SETTINGS non_replicated_deduplication_window = 100';
    await client.command({ query: `CREATE TABLE t (k UInt8, v UInt32) ENGINE = MergeTree ORDER BY k ${window}` });
    await client.command({
      query: `CREATE MATERIALIZED VIEW m (k UInt8, n AggregateFunction(count)) ENGINE = AggregatingMergeTree ORDER BY k ${window}
        AS SELECT k, countState() AS n FROM t GROUP BY k`,
    });
    const insert = async (batch: number) => {
      const values = Array.from({ length: 500 }, (_, at) => ({ k: at % 5, v: batch * 500 + at }));
      await client.insert({
        table: 't',
        values,
        format: 'JSONEachRow',
        clickhouse_settings: {
          insert_deduplication_token: `batch-${batch}`,
          deduplicate_blocks_in_dependent_materialized_views: 1,
        },
      });
    };
    let next = 0;
    for (let round = 0; round < 3; round += 1) {
      const from = next;
      const inserting = (async () => {
        for (;;) {
          await insert(next);
          next += 1;
        }
      })().catch(() => undefined);
      const answered = () => next - from;
      while (answered() < 5) await new Promise((again) => setTimeout(again, 5));
      await stopClickHouse(engine, 'SIGKILL');
      await inserting;
      await client.close();
      await start();
      for (let batch = from; batch <= next; batch += 1) await insert(batch); // all of them again, the unanswered one too
      next += 1;
    }
    expect(await value('SELECT toUInt32(count()) FROM t')).toBe(next * 500);
    expect(await value('SELECT toUInt32(uniqExact(v)) FROM t')).toBe(next * 500);
    expect(await value('SELECT toUInt32(countMerge(n)) FROM m')).toBe(next * 500);
  });

  it('leaves nothing of an upload behind when it is killed in the middle of it', async () => {
    await client.command({ query: 'CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a' });
    const query = new URLSearchParams({
      query: 'INSERT INTO t FORMAT JSONEachRow',
      user: engine.username,
      password: engine.password,
    });
    const upload = request(`${engine.url}/?${query.toString()}`, { method: 'POST' });
    upload.on('error', () => undefined);
    upload.write('{"a":1}\n'.repeat(20_000));
    const spooled = () => [join(dir, 'endpoint/spool'), ...memorySpools()].flatMap((place) => readdirSync(place));
    while (spooled().length === 0) await new Promise((again) => setTimeout(again, 5));
    await restart('SIGKILL');
    upload.destroy();
    expect(spooled()).toEqual([]);
    expect(await value('SELECT toUInt32(count()) FROM t')).toBe(0);
  });

  it('removes the rows of a request once it is answered', async () => {
    await client.command({ query: 'CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a' });
    await client.insert({ table: 't', values: [{ a: 1 }], format: 'JSONEachRow' });
    await client.insert({ table: 't', values: [{ a: 'x' }], format: 'JSONEachRow' }).catch(() => undefined);
    const spooled = () => [join(dir, 'endpoint/spool'), ...memorySpools()].flatMap((place) => readdirSync(place));
    await expect.poll(spooled).toEqual([]);
  });

  it('refuses rows beyond its limit, and inserts none of them', async () => {
    await client.close();
    await stopClickHouse(engine);
    await start({ maxInsertBytes: 100_000 });
    await client.command({ query: 'CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a' });
    const values = Array.from({ length: 500_000 }, (_, a) => ({ a }));
    await expect(client.insert({ table: 't', values, format: 'JSONEachRow' })).rejects.toMatchObject({ code: '229' });
    expect(await value('SELECT toUInt32(count()) FROM t')).toBe(0);
  });

  it('answers who sends far more rows than its limit, and reads nothing before they are sent', async () => {
    await client.close();
    await stopClickHouse(engine);
    await start({ maxInsertBytes: 100_000 });
    const { hostname, port, host } = new URL(engine.url);
    const rows = Buffer.alloc(64 * 1024 ** 2);
    const socket = connect(Number(port), hostname);
    const lines = [
      `POST /?query=${encodeURIComponent('INSERT INTO t FORMAT CSV')} HTTP/1.1`,
      `host: ${host}`,
      `authorization: Basic ${Buffer.from(`${engine.username}:${engine.password}`).toString('base64')}`,
      `content-length: ${rows.length}`,
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    await new Promise((sent) => socket.write(rows, sent));
    const [told] = (await once(socket, 'data')) as [Buffer];
    expect(told.toString()).toContain('X-ClickHouse-Exception-Code: 229');
    socket.destroy();
  });

  it('spools rows to the disk when they are too many for memory', async () => {
    await client.command({ query: 'CREATE TABLE t (s String) ENGINE = MergeTree ORDER BY tuple()' });
    const row = Buffer.from(`${'x'.repeat(99_999)}\n`);
    const values = Readable.from(
      (function* () {
        for (let sent = 0; sent < 900; sent += 1) yield row;
      })(),
      { objectMode: false },
    );
    await client.insert({ table: 't', values, format: 'CSV' });
    expect(await value('SELECT toUInt32(count()) FROM t WHERE length(s) = 99999')).toBe(900);
  });

  it('finishes inserts under way and cancels queries when it is told to stop', async () => {
    await client.command({ query: 'CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a' });
    const query = client
      .query({ query: 'SELECT sum(cityHash64(number)) FROM numbers(1000000000000)' })
      .catch(() => 'cancelled');
    const busy = async () =>
      Number(await value("SELECT toUInt32(count()) FROM system.processes WHERE query LIKE '%cityHash64%'")) > 1;
    while (!(await busy())) await new Promise((again) => setTimeout(again, 20));
    await stopClickHouse(engine);
    expect(engine.child.exitCode).toBe(0);
    expect(await query).toBe('cancelled');
  });

  it('leaves nothing in memory-backed files when it is told to stop', async () => {
    await stopClickHouse(engine);
    expect(memorySpools()).toEqual([]);
  });

  it('ends when its parent is gone', async () => {
    const exited = new Promise((resolve) => {
      engine.child.once('exit', resolve);
    });
    engine.child.disconnect();
    expect(await exited).toBe(0);
  });

  it('takes over a directory whose last process is still letting go of it', async () => {
    await client.command({ query: 'CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a' });
    const successor = startClickHouse(dir);
    await new Promise((later) => setTimeout(later, 500));
    await stopClickHouse(engine);
    await client.close();
    engine = await successor;
    client = createClient({ ...access(engine), log: { level: ClickHouseLogLevel.OFF } });
    expect(await value('EXISTS TABLE t')).toBe(1);
  });

  it('keeps what it writes from other users of the machine', async () => {
    expect((await stat(join(dir, 'engine'))).mode & 0o077).toBe(0);
    expect((await stat(join(dir, 'endpoint/pipes'))).mode & 0o077).toBe(0);
    expect(await readdir(join(dir, 'endpoint'))).toContain('config.xml');
  });

  function memorySpools(): string[] {
    return readdirSync('/dev/shm')
      .filter((name) => name === spoolName(dir))
      .map((name) => join('/dev/shm', name));
  }
});

function spoolName(dir: string): string {
  return `penstock-clickhouse-${createHash('sha256').update(dir).digest('hex').slice(0, 24)}`;
}

function access({ url, username, password }: ClickHouseProcess) {
  return { url, username, password };
}
