import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AWS, RunningPenstock } from '../../support/running-penstock.js';

const SCOPES = ['read', 'load', 'write', 'admin'] as const;

let folder: string;
let penstock: RunningPenstock;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-scopes-'));
  const file = join(folder, 'keys.yaml');
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  await writeFile(
    file,
    SCOPES.map((scope) => `- {name: ${scope}, sha256: ${sha256(`${scope}-key`)}, scopes: [${scope}]}\n`).join(''),
  );
  penstock = await RunningPenstock.start({ API_KEYS_FILE: file });
});
afterAll(async () => {
  await penstock.stop();
  await rm(folder, { recursive: true });
});

/** Each with the scope that opens it, and what it answers to whoever has it. */
const ROUTES: [(typeof SCOPES)[number], string, string, unknown, number][] = [
  ['read', 'POST', '/api/authenticate', { accessKey: AWS.accessKeyId, secretKey: AWS.secretAccessKey }, 200],
  ['read', 'GET', '/api/streams', undefined, 200],
  ['read', 'POST', '/api/kinesis-sample', { streamName: 'nowhere' }, 404],
  [
    'load',
    'POST',
    '/api/create-table',
    { streamName: 'nowhere', tableName: 't', schema: [{ name: 'a', type: 'Int8' }] },
    404,
  ],
  ['read', 'GET', '/api/databases', undefined, 200],
  ['read', 'GET', '/api/sources', undefined, 200],
  ['read', 'POST', '/api/query', { query: 'SELECT 1' }, 200],
  ['read', 'GET', '/api/connectors', undefined, 200],
  ['read', 'GET', '/api/connectors/nobody', undefined, 404],
  ['load', 'POST', '/api/connectors/nobody/pause', undefined, 404],
  ['load', 'POST', '/api/connectors/nobody/resume', undefined, 404],
  ['write', 'DELETE', '/api/connectors/nobody', undefined, 404],
  ['read', 'GET', '/api/connectors/nobody/dead-letters', undefined, 404],
  ['load', 'POST', '/api/connectors/nobody/dead-letters/replay', {}, 404],
  ['write', 'POST', '/api/connectors/nobody/dead-letters/discard', { all: true }, 200],
];

describe('the scope of a key', () => {
  it.each(ROUTES)('%s opens %s %s, and no other but admin does', async (needed, method, path, body, status) => {
    for (const scope of SCOPES) {
      const answer = await penstock.call(method, path, body, { 'x-api-key': `${scope}-key` });
      const expected = scope === needed || scope === 'admin' ? status : 403;
      expect([scope, answer.status]).toEqual([scope, expected]);
      if (expected === 403) expect(answer.body['code']).toBe('scope.missing');
    }
    expect((await penstock.call(method, path, body)).body['code']).toBe('key.missing');
    expect((await penstock.call(method, path, body, { authorization: 'Bearer nobody' })).body['code']).toBe(
      'key.refused',
    );
  });

  it('is asked before a session, which is no key', async () => {
    const body = { accessKey: AWS.accessKeyId, secretKey: AWS.secretAccessKey };
    const { headers } = await penstock.post('/api/authenticate', body, { 'x-api-key': 'read-key' });
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await penstock.call('GET', '/api/streams', undefined, { cookie })).status).toBe(401);
  });

  it('leaves the probes open to everybody', async () => {
    for (const path of ['/health', '/health/live', '/health/ready', '/health/startup']) {
      expect([path, (await penstock.call('GET', path)).status]).toEqual([path, 200]);
    }
  });
});
