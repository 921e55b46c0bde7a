import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, RunningPenstock, until } from '../../support/running-penstock.js';

let penstock: RunningPenstock;
let stream: string;
let id: string;

beforeAll(async () => {
  penstock = await RunningPenstock.start();
  stream = await penstock.stream(2, 'events');
  await penstock.put(stream, [
    { n: 1, text: 'a' },
    { n: 2, text: 'b' },
  ]);
});
afterAll(() => penstock.stop());

/** In order: as a user goes about it, beside the running service. */
describe('beside a running service, the command line', { timeout: 60_000 }, () => {
  it('sees its engines, and how they are', async () => {
    const engines = await penstock.cliJson('engines');
    expect(Object.keys(engines).sort()).toEqual(['clickhouse', 'dynamodb', 'kinesis', 'lambda', 'postgres', 's3']);
    expect(engines['kinesis']).toMatchObject({
      accessKeyId: 'penstock',
      secretAccessKey: 'penstock-local',
      region: 'us-east-1',
    });
    expect(await penstock.cliJson('health')).toMatchObject({ status: 'up' });
  });

  it('lists and samples streams as the service does', async () => {
    expect(await penstock.cliJson('streams', 'list')).toEqual({ streamNames: [stream] });
    const { body } = await penstock.post('/api/kinesis-sample', { streamName: stream });
    expect(await penstock.cliJson('streams', 'sample', stream)).toEqual(body);
  });

  it('onboards a stream that the service then copies', async () => {
    const receipt = await penstock.cliJson('streams', 'onboard', stream, 'sampled', '--yes');
    expect(receipt).toMatchObject({
      success: true,
      tableUUID: expect.any(String),
      streamARN: expect.stringContaining(stream),
    });
    id = String(receipt['connectorId']);
    await penstock.untilCount('sampled', 2);
    const shown = await until(
      () => penstock.cliJson('connectors', 'show', id),
      ({ rows }) => rows === 2,
    );
    expect(shown).toMatchObject({ ...(await penstock.get(`/api/connectors/${id}`)), shards: expect.any(Array) });
    expect(((await penstock.cliJson('connectors', 'list'))['connectors'] as Body[]).map((one) => one['id'])).toEqual([
      id,
    ]);
  });

  it('onboards by the file of a schema, with every choice', async () => {
    const file = join(penstock.folder, 'schema.json');
    await writeFile(file, JSON.stringify([{ name: 'n', type: 'UInt8' }]));
    const choices = [
      '--schema',
      file,
      '--order-by',
      'n',
      '--start-from',
      'LATEST',
      '--on-new-field',
      'ignore',
      '--paused',
    ];
    const { connectorId } = await penstock.cliJson('streams', 'onboard', stream, 'chosen', ...choices);
    expect(await penstock.get(`/api/connectors/${String(connectorId)}`)).toMatchObject({
      state: 'paused',
      orderBy: ['n'],
      onNewField: 'ignore',
    });
  });

  it('pauses, resumes, and queries', async () => {
    expect(await penstock.cliJson('connectors', 'pause', id)).toMatchObject({ state: 'paused' });
    await penstock.put(stream, [{ n: 3, text: 'c' }]);
    expect(await penstock.cliJson('connectors', 'resume', id)).toMatchObject({ state: 'running' });
    await penstock.untilCount('sampled', 3);
    const { stdout, exitCode } = await penstock.cli('query', 'SELECT sum(toUInt64(n)) AS total FROM sampled', '--json');
    expect([exitCode, (JSON.parse(stdout) as Body)['data']]).toEqual([0, [{ total: '6' }]]);
  });

  it('lists, replays and discards dead letters', async () => {
    await penstock.put(stream, ['no json', { n: 'four' }]);
    await penstock.untilLetters(id, 2);
    const { deadLetters } = await penstock.cliJson('connectors', 'dead-letters', id, '--state', 'open');
    expect((deadLetters as Body[]).map(({ code }) => code)).toEqual(
      expect.arrayContaining(['record.not-json', 'record.wrong-type']),
    );
    await penstock.clickhouse.command({ query: 'ALTER TABLE sampled MODIFY COLUMN n Nullable(String)' });
    expect(await penstock.cliJson('connectors', 'replay', id)).toMatchObject({ replayed: 1, stillFailing: 1 });
    expect(await penstock.cliJson('connectors', 'discard', id, '--all')).toEqual({ discarded: 1 });
    expect(await penstock.count('sampled')).toBe(4);
  });

  it.each<[string[], number]>([
    [['streams', 'sample', 'no-such-stream'], 66],
    [['streams', 'sample', 'events', '--sample-size', '0'], 64],
    [['streams', 'onboard', 'events', 'sampled', '--yes'], 65],
    [['streams', 'onboard', 'events', 'fresh'], 64],
    [['streams', 'onboard', 'events', 'fresh', '--schema', '/nowhere.json'], 64],
    [['streams', 'onboard', 'events', 'fresh', '--yes', '--database', 'nowhere'], 66],
    [['connectors', 'show', 'nobody'], 66],
    [['connectors', 'remove', 'nobody', '--yes'], 66],
    [['query', 'DROP TABLE sampled'], 65],
    [['query'], 64],
    [['streams', 'fly'], 64],
  ])('exits %j with %i, with words on stderr and nothing on stdout', async (words, code) => {
    const { exitCode, stdout, stderr } = await penstock.cli(...words);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).not.toBe('');
    expect(stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
  });

  it('removes a connector, and leaves the service running', async () => {
    expect(await penstock.cliJson('connectors', 'remove', id, '--yes', '--drop-table')).toEqual({
      removed: id,
      tableDropped: true,
    });
    expect((await penstock.call('GET', `/api/connectors/${id}`)).status).toBe(404);
    const tables = (await penstock.get('/api/databases'))['default'];
    expect(tables).toContain('chosen');
    expect(tables).not.toContain('sampled');
    expect((await penstock.call('GET', '/health/ready')).status).toBe(200);
  });
});
