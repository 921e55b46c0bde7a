import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createService } from '../../src/service.js';
import { trialService } from '../support/trial-service.js';

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');
/** A file with the key `good-key`, and more where given. */
async function keysFile(more = ''): Promise<{ path: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-keys-'));
  const path = join(folder, 'keys.yaml');
  await writeFile(path, `- {name: good, sha256: ${sha256('good-key')}, scopes: [read]}\n${more}`);
  return { path, remove: () => rm(folder, { recursive: true }) };
}

const code = (body: string): string => (JSON.parse(body) as { code: string }).code;

describe('with API keys', () => {
  let app: NestFastifyApplication;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const entry = (name: string, scopes: string): string =>
      `- {name: ${name}, sha256: ${sha256(`${name}-key`)}, scopes: [${scopes}]}\n`;
    const keys = await keysFile(entry('reader', 'read') + entry('loader', 'load, write') + entry('boss', 'admin'));
    remove = keys.remove;
    app = await trialService({ API_KEYS_FILE: keys.path, RATE_LIMIT_PER_MINUTE: '0' });
  });
  afterAll(async () => {
    await app.close();
    await remove();
  });

  it.each([
    { authorization: 'Bearer reader-key' },
    { authorization: 'bearer  reader-key' },
    { 'x-api-key': 'reader-key' },
  ])('lets a caller in by %j', async (headers) => {
    expect((await app.inject({ url: '/trial', headers })).statusCode).toBe(200);
  });

  it.each([
    [{}, 'key.missing'],
    [{ authorization: 'Basic cmVhZGVyLWtleTo=' }, 'key.missing'],
    [{ 'x-api-key': '' }, 'key.missing'],
    [{ authorization: 'Bearer ' }, 'key.missing'],
    [{ authorization: 'Bearer nobody-key' }, 'key.refused'],
    [{ 'x-api-key': sha256('reader-key') }, 'key.refused'],
  ])('refuses %j with %s', async (headers, expected) => {
    const { statusCode, body } = await app.inject({ url: '/trial', headers });
    expect([statusCode, code(body)]).toEqual([401, expected]);
    expect(body).not.toContain('nobody-key');
  });

  it.each([
    ['reader', 'GET', 200],
    ['reader', 'POST', 403],
    ['reader', 'DELETE', 403],
    ['loader', 'GET', 403],
    ['loader', 'POST', 400],
    ['boss', 'GET', 200],
    ['boss', 'DELETE', 200],
  ] as const)('gives %s its scopes and no others: %s', async (name, method, status) => {
    const { statusCode } = await app.inject({ method, url: '/trial', headers: { 'x-api-key': `${name}-key` } });
    expect(statusCode).toBe(status);
  });

  it.each([
    '/health',
    '/health/live',
    '/health/ready',
    '/health/startup',
    '/metrics',
    '/docs',
    '/redoc',
    '/openapi.json',
  ])('serves %s to everybody', async (url) => {
    expect((await app.inject(url)).statusCode).toBe(200);
  });

  it('answers under any host name', async () => {
    const headers = { host: 'penstock.example.com', 'x-api-key': 'reader-key' };
    expect((await app.inject({ url: '/trial', headers })).statusCode).toBe(200);
  });
});

describe('without API keys', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await trialService();
  });
  afterAll(() => app.close());

  it.each(['localhost', 'localhost:8080', '127.0.0.1:8080', '127.1.2.3', '[::1]:8080'])(
    'answers to the host %s',
    async (host) => {
      expect((await app.inject({ url: '/trial', headers: { host } })).statusCode).toBe(200);
    },
  );

  it.each(['evil.example.com', 'localhost.evil.example.com', '127.0.0.1.evil.example.com', '10.0.0.1:8080'])(
    'refuses the host "%s", on the docs too',
    async (host) => {
      for (const url of ['/trial', '/openapi.json', '/health']) {
        const { statusCode, body } = await app.inject({ url, headers: { host } });
        expect([statusCode, code(body)]).toEqual([403, 'host.refused']);
      }
    },
  );

  it.each(['https://evil.example.com', 'null', 'http://127.0.0.1.evil.example.com'])(
    'refuses pages of %s',
    async (origin) => {
      const { statusCode, body } = await app.inject({ url: '/trial', headers: { origin } });
      expect([statusCode, code(body)]).toEqual([403, 'host.refused']);
    },
  );

  it('lets its own docs page call it', async () => {
    expect((await app.inject({ url: '/trial', headers: { origin: 'http://localhost:8080' } })).statusCode).toBe(200);
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'penstock.example.com'])('does not start on %s', async (HOST) => {
    const refusal = {
      code: 'settings.invalid',
      faults: [{ path: 'HOST', message: expect.stringContaining('API_KEYS_FILE') }],
    };
    await expect(createService('serve', { environment: { HOST } })).rejects.toMatchObject(refusal);
  });
});

describe('the rate limit', () => {
  it('is one allowance for all routes, answers 429 with Retry-After, and leaves the probes alone', async () => {
    const app = await trialService({ RATE_LIMIT_PER_MINUTE: '3' });
    const first = await app.inject('/trial');
    expect(first.headers).toMatchObject({ 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': '2' });
    await app.inject('/trial');
    await app.inject('/trial/fail?code=stream.empty');
    const { statusCode, headers, body } = await app.inject('/trial');
    expect([statusCode, code(body)]).toEqual([429, 'request.rate-limited']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect((await app.inject('/health')).statusCode).toBe(200);
    expect((await app.inject('/metrics')).statusCode).toBe(200);
    await app.close();
  });

  it('counts wrong keys against their address, however many different ones are tried', async () => {
    const { path, remove } = await keysFile();
    const app = await trialService({ API_KEYS_FILE: path, RATE_LIMIT_PER_MINUTE: '2' });
    const ask = async (key: string): Promise<number> =>
      (await app.inject({ url: '/trial', headers: { 'x-api-key': key } })).statusCode;
    expect([await ask('guess-1'), await ask('guess-2'), await ask('guess-3'), await ask('good-key')]).toEqual([
      401, 401, 429, 200,
    ]);
    await app.close();
    await remove();
  });

  it.each([
    ['off', 429],
    ['on', 401],
  ] as const)('tells addresses apart by X-Forwarded-For only when it is trusted: %s', async (TRUST_PROXY, second) => {
    const { path, remove } = await keysFile();
    const app = await trialService({ API_KEYS_FILE: path, RATE_LIMIT_PER_MINUTE: '1', TRUST_PROXY });
    const ask = (address: string): Promise<{ statusCode: number }> =>
      app.inject({ url: '/trial', headers: { 'x-forwarded-for': address, 'x-api-key': 'wrong' } });
    expect((await ask('203.0.113.1')).statusCode).toBe(401);
    expect((await ask('203.0.113.2')).statusCode).toBe(second);
    await app.close();
    await remove();
  });
});

describe('browsers', () => {
  it('gives other origins nothing by default, and what CORS_ORIGINS names otherwise', async () => {
    const closed = await trialService();
    expect(
      (await closed.inject({ url: '/health', headers: { origin: 'http://localhost:3000' } })).headers,
    ).not.toHaveProperty('access-control-allow-origin');
    await closed.close();
    const open = await trialService({ CORS_ORIGINS: 'https://app.example.com,http://localhost:3000' });
    const preflight = {
      method: 'OPTIONS' as const,
      url: '/trial',
      headers: { origin: 'http://localhost:3000', 'access-control-request-method': 'POST' },
    };
    expect((await open.inject(preflight)).headers['access-control-allow-origin']).toBe('http://localhost:3000');
    await open.close();
  });

  it('sends the headers that protect pages', async () => {
    const app = await trialService();
    const { headers } = await app.inject('/docs');
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
    await app.close();
  });
});
