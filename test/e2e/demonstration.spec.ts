import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { penstock } from '../support/penstock.js';

interface Show {
  readonly child: ChildProcess;
  readonly text: () => string;
  readonly exit: Promise<number | null>;
  /** Waits for a match on stdout; fails when the process ends without. */
  readonly sees: (pattern: RegExp) => Promise<RegExpExecArray>;
}

let dir: string;
const shows: Show[] = [];

function show(home: string): Show {
  const env = { PATH: process.env['PATH'], PENSTOCK_HOME: home, PORT: '0', COPY_BATCH_AGE_MS: '300' };
  const child = spawn(process.execPath, [resolve('dist/src/cli.js'), 'serve', '--demo'], { cwd: dir, env });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  let log = '';
  child.stderr.on('data', (chunk) => (log += String(chunk)));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const sees = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(text);
      if (found) return found;
      const next = await Promise.race([once(child.stdout, 'data'), exit]);
      if (!Array.isArray(next)) throw new Error(`ended without ${String(pattern)}: ${text}${log}`);
    }
  };
  const shown = { child, text: () => text, exit, sees };
  shows.push(shown);
  return shown;
}

async function select(home: string, sql: string): Promise<Record<string, unknown>[]> {
  const { stdout, stderr } = await penstock(['query', sql, '--json'], { PENSTOCK_HOME: home });
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as { data: Record<string, unknown>[] }).data;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'penstock-demo-'));
});
afterEach(async () => {
  for (const { child, exit } of shows.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exit;
  }
});
afterAll(async () => {
  for (const name of ['shop', 'killed']) await penstock(['engines', 'stop'], { PENSTOCK_HOME: join(dir, name) });
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
}, 60_000);

describe('the demonstration', { timeout: 180_000 }, () => {
  it('onboards a stream, copies every event once, counts them by minute, and shows dead letters', async () => {
    const home = join(dir, 'shop');
    const first = show(home);
    await first.sees(/API +http:\/\/127\.0\.0\.1:\d+\/api\/connectors/u);
    await first.sees(/event_timestamp +DateTime64/u);
    await first.sees(/CREATE TABLE default\.shop_events/u);
    await first.sees(/dead letters: [1-9]/u);
    first.child.kill('SIGINT');
    expect(await first.exit).toBe(0);

    const second = show(home);
    await second.sees(/published: [1-9]/u);
    const { stdout } = await penstock(['connectors', 'list', '--json'], { PENSTOCK_HOME: home });
    const { connectors } = JSON.parse(stdout) as { connectors: { id: string; tableName: string }[] };
    expect(connectors.map(({ tableName }) => tableName)).toEqual(['shop_events']);
    const paused = await penstock(['connectors', 'pause', connectors[0]?.id ?? ''], { PENSTOCK_HOME: home });
    expect(paused.exitCode).toBe(0);
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);

    const [counts] = await select(
      home,
      'SELECT (SELECT count() FROM shop_events) AS rows, (SELECT uniqExact(event_id) FROM shop_events) AS events, ' +
        '(SELECT sum(events) FROM events_per_minute) AS counted',
    );
    expect(Number(counts?.['rows'])).toBeGreaterThan(200);
    expect(counts).toEqual({ rows: counts?.['rows'], events: counts?.['rows'], counted: counts?.['rows'] });

    const third = show(home);
    await third.sees(/published: [1-9]/u);
    const after = await penstock(['connectors', 'show', connectors[0]?.id ?? '', '--json'], { PENSTOCK_HOME: home });
    expect(JSON.parse(after.stdout), 'a person paused it').toMatchObject({ state: 'paused' });
  });

  it('bears to be interrupted and killed half-way, and goes on from there', async () => {
    const home = join(dir, 'killed');
    const interrupted = show(home);
    await interrupted.sees(/Engines/u); // which are starting
    interrupted.child.kill('SIGINT');
    expect(await interrupted.exit).toBe(0);
    for (const moment of [/Inferred from/u, /published:/u]) {
      const killed = show(home);
      await killed.sees(moment);
      killed.child.kill('SIGKILL');
      await killed.exit;
    }
    const last = show(home);
    await last.sees(/shop_events: [1-9]\d* rows/u);
    last.child.kill('SIGINT');
    expect(await last.exit).toBe(0);
  });

  it('refuses engines and identities of the outside by name, and starts nothing', async () => {
    const home = join(dir, 'outside');
    const environment = { PENSTOCK_HOME: home, AWS_PROFILE: 'work', CLICKHOUSE_URL: 'http://127.0.0.1:1' };
    const { exitCode, stdout, stderr } = await penstock(['serve', '--demo'], environment);
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(/^ {2}CLICKHOUSE_URL: .*\n {2}AWS_PROFILE: /mu);
    expect(existsSync(home)).toBe(false);
  });

  it('says which setting is to be changed when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { exitCode, stderr } = await penstock(['serve', '--demo'], {
      PENSTOCK_HOME: join(dir, 'taken'),
      PORT: String(port),
    });
    other.close();
    expect(exitCode).toBe(64);
    expect(stderr).toContain('PORT: is taken by another program');
  });
});
