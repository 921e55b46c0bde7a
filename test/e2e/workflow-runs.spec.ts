import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunView } from '../../src/domain/workflow-gateway/run-view.js';
import { functionsFolder } from '../support/functions.js';
import { type Body, RunningPenstock, until } from '../support/running-penstock.js';

/** Obeys what its prompt says, so that every end of a run can be had. */
const OBEDIENT = `
import { appendFile } from 'node:fs/promises';
export const handler = async (event) => {
  const [word, value] = event.prompt.split(' ');
  await appendFile(new URL('./invocations.txt', import.meta.url), event.run_id + '\\n');
  if (word === 'wait') await new Promise((resolve) => setTimeout(resolve, Number(value)));
  if (word === 'status') return { statusCode: Number(value), body: JSON.stringify({ message: 'as you wished' }) };
  if (word === 'throw') throw new RangeError('as you wished');
  return { statusCode: 200, body: JSON.stringify({ status: 'success', message: 'done', details: event }) };
};`;

let folder: string;
let penstock: RunningPenstock;
let database: Client;

beforeAll(async () => {
  folder = await functionsFolder();
  await writeFile(join(folder, 'obedient.mjs'), OBEDIENT);
  await writeFile(join(folder, 'invocations.txt'), '');
  penstock = await RunningPenstock.start({ JOB_POLL_MS: '100', RUN_LOG_POLL_MS: '100', JOB_LEASE_MS: '4000' });
  const { postgres } = (await penstock.cliJson('engines')) as Record<'postgres', { url: string }>;
  database = new Client({ connectionString: postgres.url });
  database.on('error', () => undefined); // the engines stop before it does
  await database.connect();
});

afterAll(async () => {
  await database.end();
  await penstock.stop();
  await rm(folder, { recursive: true, force: true });
});

async function again(functionName: string): Promise<void> {
  await penstock.kill('SIGTERM');
  await penstock.serve(
    functionName === 'orchestrator' ? {} : { WORKFLOWS_DIR: folder, ORCHESTRATOR_FUNCTION_NAME: functionName },
  );
}

const show = async (runId: unknown): Promise<RunView> =>
  (await penstock.get(`/runs/${String(runId)}`)) as unknown as RunView;
const whenOver = (runId: unknown): Promise<RunView> =>
  until(
    () => show(runId),
    ({ state }) => !['accepted', 'running'].includes(state),
  );
const invocations = async (runId: unknown): Promise<number> =>
  (await readFile(join(folder, 'invocations.txt'), 'utf8')).split('\n').filter((line) => line === runId).length;

describe('the workflow that comes with the service', () => {
  let runId: string;

  it('moves rows between tables, and answers as the document has it', async () => {
    await database.query('CREATE TABLE shop_a AS SELECT n AS id, n * 2 AS amount FROM generate_series(1, 30) n');
    await database.query('CREATE TABLE shop_b AS SELECT n AS id, n AS amount FROM generate_series(31, 42) n');
    const request = { prompt: 'Join the shops', source_tables: ['shop_a', 'shop_b'], target_table: 'orders' };
    const { status, body, headers } = await penstock.post('/start', request);
    runId = String(body['run_id']);
    expect(status).toBe(200);
    expect(runId).toMatch(/^\d{8}_\d{6}_[0-9a-f]{8}$/u);
    expect(body).toEqual({
      status: 'success',
      run_id: runId,
      message: 'ETL pipeline executed and validated successfully',
      details: { target_table: 'orders', rows: 42, columns: ['id', 'amount'] },
    });
    expect(headers.get('location')).toBe(`/runs/${runId}`);
    const { rows } = await database.query<{ n: string }>('SELECT count(*) AS n FROM orders');
    expect(rows[0]?.n).toBe('42');
  });

  it('has written its log', async () => {
    const { status, log_count: count, logs } = await penstock.get(`/get/logs/${runId}`);
    const entries = logs as Body[];
    expect([status, count]).toEqual(['success', entries.length]);
    expect(entries.map(({ type }) => type)).toEqual(['start', 'info', 'code', 'progress', 'success']);
    expect(entries[3]).toMatchObject({ title: 'Target written', description: '42 rows', metadata: { rows: 42 } });
  });

  it('is found among the runs', async () => {
    const { runs } = await penstock.get('/runs?limit=10');
    expect(runs).toEqual([expect.objectContaining({ run_id: runId, state: 'succeeded', prompt: 'Join the shops' })]);
  });

  it('refuses what it cannot do, in its own words', async () => {
    const request = { prompt: 'Join', source_tables: ['absent'], target_table: 'orders' };
    const { status, body } = await penstock.post('/start', request);
    expect([status, body['code']]).toEqual([422, 'workflow.refused']);
    expect(body['detail']).toContain('not there');
  });

  it('is started, shown and read on the command line', async () => {
    const words = ['Join the shops', '-s', 'shop_a', 'shop_b', '-t', 'orders_too'];
    const run = (await penstock.cliJson('runs', 'start', ...words)) as unknown as RunView;
    expect(run).toMatchObject({ state: 'succeeded', result: { status: 'success' } });
    expect((await penstock.cli('runs', 'list')).stdout).toContain(run.run_id);
    expect((await penstock.cli('runs', 'show', run.run_id)).stdout).toContain('succeeded');
    const { stdout } = await penstock.cli('runs', 'logs', run.run_id, '--type', 'progress');
    expect(stdout).toMatch(/progress +Target written +42 rows/u);
    expect((await penstock.cli('runs', 'show', 'absent')).exitCode).toBe(66);
    expect((await penstock.cli('runs', 'start', 'Join', '-s', 'absent', '-t', 'x')).exitCode).toBe(65);
  });
});

describe('a run', () => {
  beforeAll(() => again('obedient'));

  it('goes on when nobody waits, and is found under its location', async () => {
    const { status, headers, body } = await penstock.post(
      '/start',
      { prompt: 'wait 300' },
      { prefer: 'respond-async' },
    );
    expect([status, headers.get('preference-applied')]).toEqual([202, 'respond-async']);
    expect(headers.get('location')).toBe(`/runs/${String(body['run_id'])}`);
    expect(await whenOver(body['run_id'])).toMatchObject({ state: 'succeeded', result: { message: 'done' } });
  });

  it('is waited for as long as the client would', async () => {
    const { status, body } = await penstock.post('/start', { prompt: 'wait 5000' }, { prefer: 'wait=1' });
    expect(status).toBe(202);
    expect((await whenOver(body['run_id'])).state).toBe('succeeded');
  });

  it.each([
    ['status 400', 422, 'workflow.refused'],
    ['status 500', 502, 'workflow.failed'],
    ['throw', 502, 'workflow.failed'],
  ])('ends by "%s" with %i and %s', async (prompt, status, code) => {
    const answer = await penstock.post('/start', { prompt });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(String(answer.body['detail'])).toContain('as you wished');
  });

  it('that threw has a log that says so', async () => {
    const { headers } = await penstock.post('/start', { prompt: 'throw' });
    const runId = headers.get('location')?.split('/').at(-1) ?? '';
    const last = ((await penstock.get('/runs?limit=1'))['runs'] as RunView[])[0]?.run_id ?? runId;
    const { logs } = await penstock.get(`/get/logs/${last}?type=error`);
    expect(logs).toEqual([
      expect.objectContaining({ title: 'Run failed', description: expect.stringContaining('RangeError') }),
    ]);
  });

  it('is one run, and one invocation, for the same key, however often it is sent', async () => {
    const key = { 'idempotency-key': 'the-same' };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => penstock.post('/start', { prompt: 'wait 200' }, key)),
    );
    const ids = new Set(answers.map(({ body }) => body['run_id']));
    expect([answers.map(({ status }) => status), ids.size]).toEqual([[200, 200, 200, 200, 200], 1]);
    expect(await invocations([...ids][0])).toBe(1);
    const other = await penstock.post('/start', { prompt: 'wait 201' }, key);
    expect([other.status, other.body['code']]).toEqual([409, 'idempotency-key.reused']);
  });

  it('goes on when its client hangs up', async () => {
    const leaving = new AbortController();
    const known = ((await penstock.get('/runs?limit=1'))['runs'] as RunView[])[0]?.run_id;
    const sent = fetch(new URL('/start', penstock.url), {
      method: 'POST',
      body: JSON.stringify({ prompt: 'wait 1500' }),
      headers: { 'content-type': 'application/json' },
      signal: leaving.signal,
    });
    const runs = await until(
      async () => (await penstock.get('/runs?state=running'))['runs'] as RunView[],
      ([newest]) => newest !== undefined && newest.run_id !== known,
    );
    leaving.abort();
    await expect(sent).rejects.toThrow();
    expect((await whenOver(runs[0]?.run_id)).state).toBe('succeeded');
  });

  it('is cancelled: nobody waits for it any longer', async () => {
    const { body } = await penstock.post('/start', { prompt: 'wait 60000' }, { prefer: 'respond-async' });
    await until(
      () => show(body['run_id']),
      ({ state }) => state === 'running',
    );
    const { status } = await penstock.post(`/runs/${String(body['run_id'])}/cancel`);
    expect(status).toBe(202);
    expect((await whenOver(body['run_id'])).state).toBe('cancelled');
  });

  it('whose log is followed is told as it is written, to its end', async () => {
    const { body } = await penstock.post('/start', { prompt: 'wait 1500' }, { prefer: 'respond-async' });
    const runId = String(body['run_id']);
    const headers = { accept: 'text/event-stream' };
    const followed = fetch(new URL(`/get/logs/${runId}`, penstock.url), { headers }).then((answer) => answer.text());
    const entries = [{ type: 'info', title: 'From elsewhere', timestamp: '2026-01-01T00:00:00Z' }];
    for (const _ of [1, 2]) {
      expect((await penstock.post(`/runs/${runId}/logs`, { entries })).body).toEqual({ appended: 1 });
    }
    const events = (await followed).split('\n\n').filter((event) => event.includes('event: log'));
    expect(events).toEqual([expect.stringContaining('"title":"From elsewhere"')]);
    expect(await followed).toMatch(/event: end\ndata: \{\}\n\n$/u);
    const ndjson = await fetch(new URL(`/get/logs/${runId}`, penstock.url), {
      headers: { accept: 'application/x-ndjson' },
    });
    expect(
      (await ndjson.text())
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as Body)['title']),
    ).toEqual(['From elsewhere']);
  });

  it('never happens twice: one whose process was killed is told as abandoned', async () => {
    const { body } = await penstock.post('/start', { prompt: 'wait 1000' }, { prefer: 'respond-async' });
    await until(
      () => invocations(body['run_id']),
      (count) => count === 1,
    );
    await penstock.kill('SIGKILL');
    await penstock.serve({ WORKFLOWS_DIR: folder, ORCHESTRATOR_FUNCTION_NAME: 'obedient' });
    expect(await whenOver(body['run_id'])).toMatchObject({ state: 'failed', error: { code: 'job.abandoned' } });
    expect(await invocations(body['run_id'])).toBe(1);
  });

  it.each([
    ['GET', '/runs/absent', 404, 'run.unknown'],
    ['POST', '/runs/absent/cancel', 404, 'run.unknown'],
    ['GET', '/get/logs/absent', 404, 'run.unknown'],
    ['GET', '/runs?cursor=nonsense', 400, 'cursor.invalid'],
    ['GET', '/runs?state=lost', 400, 'request.invalid'],
  ])('%s %s is answered with %i %s', async (method, path, status, code) => {
    const answer = await penstock.call(method, path);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
  });

  it('of a function that is not there is told as such', async () => {
    await again('absent');
    const { status, body } = await penstock.post('/start', { prompt: 'any' });
    expect([status, body['code']]).toEqual([502, 'workflow.unknown']);
  });
});
