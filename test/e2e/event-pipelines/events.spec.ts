import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { typeOf } from '../../support/avro-type.js';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';
import { userRecordsIn } from '../../support/user-records.js';

// Each command starts a process, and finds a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const VISIT = { user_id: 'user_1', device_type: 'mobile', country: 'FR' };

let penstock: RunningPenstock;
beforeAll(async () => {
  penstock = await RunningPenstock.start();
});
afterAll(() => penstock.stop());

/** What a consumer finds in the stream of an event type. */
async function stored(eventType: string): Promise<(Body & { partitionKey: string })[]> {
  const { schemas } = (await penstock.get('/domains/ecommerce/schemas')) as { schemas: Record<string, object> };
  const type = typeOf(JSON.stringify(schemas[eventType]));
  const records = await userRecordsIn(penstock.kinesis, `events.${eventType}`).catch(() => []);
  return records.map(({ partitionKey, data }) => ({ partitionKey, ...(type.fromBuffer(data.subarray(5)) as Body) }));
}

describe('POST /events/{event_type}', () => {
  it('publishes one event as Avro, keyed by its entity, with an id and a time', async () => {
    const { status, body } = await penstock.post('/events/search', {
      ...VISIT,
      user_id: 'one',
      search_query: 'kettle',
    });
    expect([status, body]).toMatchObject([
      200,
      { domain: 'ecommerce', event_type: 'search', sent: 1, rejected: 0, failed: 0, outcomes: [{ status: 'sent' }] },
    ]);
    const [{ event_id }] = body['outcomes'] as [{ event_id: string }];
    const event = (await stored('search')).find(({ user_id }) => user_id === 'one');
    expect(event).toMatchObject({ event_id, partitionKey: 'one', search_query: 'kettle', results_count: null });
    expect(event!['timestamp']).toBeGreaterThan(1_767_225_600_000);
  });

  it('tells what became of each event of several, in their order, and publishes the good ones', async () => {
    const events = [
      { ...VISIT, user_id: 'many', event_id: 'first' },
      { ...VISIT, country: undefined, color: 'red' },
      'no event',
      { ...VISIT, user_id: 'many', event_id: 'last' },
    ];
    const { status, body } = await penstock.post('/events/page_view?domain=ecommerce', { events });
    expect(status).toBe(207);
    expect(body).toMatchObject({ sent: 2, rejected: 2, failed: 0 });
    expect(body['outcomes']).toEqual([
      { index: 0, status: 'sent', event_id: 'first' },
      {
        index: 1,
        status: 'rejected',
        code: 'event.invalid',
        errors: [
          { path: 'country', message: 'is missing' },
          { path: 'color', message: 'is not known' },
        ],
      },
      { index: 2, status: 'rejected', code: 'event.invalid', errors: [{ path: '', message: 'must be an object' }] },
      { index: 3, status: 'sent', event_id: 'last' },
    ]);
    const ids = (await stored('page_view')).filter(({ user_id }) => user_id === 'many').map(({ event_id }) => event_id);
    expect(ids).toEqual(['first', 'last']);
  });

  it('refuses a request that has nothing to publish, by the path of each fault', async () => {
    const one = await penstock.post('/events/search', { user_id: 7 });
    expect([one.status, one.body]).toMatchObject([422, { code: 'event.invalid' }]);
    expect(one.body['errors']).toContainEqual({ path: 'user_id', message: 'must be a text' });
    const many = await penstock.post('/events/search', { events: [VISIT, VISIT].map((each) => ({ ...each, a: 1 })) });
    expect(many.body['errors']).toEqual([
      { path: 'events.0.a', message: 'is not known' },
      { path: 'events.1.a', message: 'is not known' },
    ]);
    expect((await penstock.post('/events/search', { events: [] })).body).toMatchObject({ code: 'request.invalid' });
    expect((await penstock.post('/events/search')).status).toBe(422);
  });

  it('names a type or a domain that is not there', async () => {
    expect((await penstock.post('/events/nothing', VISIT)).body).toMatchObject({ code: 'event-type.unknown' });
    expect((await penstock.post('/events/search?domain=iot', VISIT)).body).toMatchObject({
      code: 'event-type.unknown',
    });
    expect((await penstock.post('/events/search?domain=nope', VISIT)).body).toMatchObject({ code: 'domain.unknown' });
  });

  it('gives the events of a repeated request the same ids', async () => {
    const post = async (key: string) => {
      const { body } = await penstock.post('/events/search', VISIT, { 'idempotency-key': key });
      return body['outcomes'];
    };
    const [one, again, other] = [await post('a'), await post('a'), await post('b')];
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('counts what was published', async () => {
    await penstock.post('/events/search', VISIT);
    const metrics = await (await fetch(new URL('/metrics', penstock.url))).text();
    expect(metrics).toMatch(/^events_produced_total\{event_type="search",status="success"\} \d+$/mu);
    expect(metrics).toMatch(/^produce_latency_seconds_count\{event_type="search"\} \d+$/mu);
  });
});

describe('penstock events', () => {
  it('generates the same bytes for the same seed, to a file or to the standard output', async () => {
    const options = ['--count', '300', '--seed', '7', '--late', '0.1', '--duplicates', '0.1', '--malformed', '0.1'];
    const file = join(penstock.folder, 'events.ndjson');
    const { stdout } = await penstock.cli('events', 'generate', 'iot', ...options);
    const told = await penstock.cliJson('events', 'generate', 'iot', ...options, '--output', file);
    expect(told).toEqual({ domain: 'iot', file, events: 300, seed: 7 });
    const bytes = await readFile(file);
    await rm(file);
    expect(bytes.toString()).toBe(stdout);
    expect(stdout.split('\n')).toHaveLength(301);
    expect(JSON.parse(stdout.slice(0, stdout.indexOf('\n')))).toHaveProperty('event_type');
  });

  it('produces sessions, all of them into their streams, in the order of each entity', async () => {
    const receipt = await penstock.cliJson('events', 'produce', 'ecommerce', '-n', '1000', '-s', '5', '--sessions');
    expect(receipt).toMatchObject({ domain: 'ecommerce', sent: 1000, errors: 0, rejected: 0, seed: 5, told: [] });
    const { stdout } = await penstock.cli('events', 'generate', 'ecommerce', '-n', '1000', '-s', '5', '--sessions');
    const made = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Body);
    const idsOf = (events: readonly Body[], user: unknown) =>
      events.filter((each) => each['user_id'] === user).map((each) => each['event_id']);
    for (const eventType of ['page_view', 'purchase']) {
      const wanted = made.filter(({ event_type }) => event_type === eventType);
      const ids = new Set(wanted.map(({ event_id }) => event_id));
      const found = (await stored(eventType)).filter(({ event_id }) => ids.has(event_id));
      for (const user of new Set(wanted.map(({ user_id }) => user_id))) {
        expect(idsOf(found, user)).toEqual(idsOf(wanted, user));
      }
    }
  });

  it('publishes the good lines of a file, and tells of the others without their values', async () => {
    const file = join(penstock.folder, 'given.ndjson');
    const good = { event_type: 'search', ...VISIT, user_id: 'file' };
    const { event_type: _, ...untyped } = good;
    const lines = [good, { ...good, event_type: 'nope' }, untyped, { ...good, country: 'secret', x: 1 }];
    await writeFile(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\nno json\n`);
    const { exitCode, stdout, stderr } = await penstock.cli('events', 'produce', 'ecommerce', '--from', file, '--json');
    expect(exitCode).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject({
      sent: 1,
      errors: 0,
      rejected: 4,
      told: [
        { line: 2, faults: [{ path: 'event_type', message: 'is no event type of the domain' }] },
        { line: 3, faults: [{ path: 'event_type', message: 'is missing' }] },
        { line: 4, faults: [{ path: 'x', message: 'is not known' }] },
        { line: 5, faults: [{ path: '', message: 'is not JSON' }] },
      ],
    });
    expect(stdout + stderr).not.toContain('secret');
    expect((await stored('search')).filter(({ user_id }) => user_id === 'file')).toHaveLength(1);
  });

  it('sends on Ctrl-C what it has accepted, and counts just that', async () => {
    const before = (await stored('product_view')).length;
    const words = ['events', 'produce', 'ecommerce', '-e', 'product_view', '-n', '50000000', '--json'];
    const child = penstock.spawnCli(...words);
    const [output, exit] = [child.stdout!.toArray(), once(child, 'exit')];
    await until(
      async () => (await stored('product_view')).length,
      (found) => found > before,
    );
    child.kill('SIGINT');
    const [exitCode] = (await exit) as [number];
    const receipt = JSON.parse(Buffer.concat(await output).toString()) as { sent: number };
    expect(exitCode).toBe(130);
    expect(receipt).toMatchObject({ errors: 0, stopped_by: 'interrupted' });
    expect(await stored('product_view')).toHaveLength(before + receipt.sent);
  });

  it('ends on Ctrl-C also while it waits for input', async () => {
    const child = penstock.spawnCli('events', 'produce', 'ecommerce', '--from', '-', '-e', 'add_to_cart', '--json');
    const [output, exit] = [child.stdout!.toArray(), once(child, 'exit')];
    child.stdin!.write(`${JSON.stringify({ ...VISIT, category: 'Toys', user_id: 'typed' })}\n`);
    await until(async () => (await stored('add_to_cart')).some(({ user_id }) => user_id === 'typed'), Boolean);
    child.kill('SIGINT');
    const [exitCode] = (await exit) as [number];
    expect([exitCode, JSON.parse(Buffer.concat(await output).toString())]).toMatchObject([130, { sent: 1, errors: 0 }]);
  });

  it.each([
    [['generate', 'nope'], 66],
    [['generate', 'iot', '--late', '2'], 64],
    [['produce', 'iot', '--from', '/nowhere'], 64],
  ])('ends %j with %d', async (words, code) => {
    const { exitCode, stdout } = await penstock.cli('events', ...words);
    expect([exitCode, stdout]).toEqual([code, '']);
  });
});
