import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PenstockError } from '../../src/domain/errors.js';
import { createService, startService } from '../../src/service.js';
import { collectLogLines } from '../support/log-lines.js';
import { engine, gate, TRIAL } from '../support/trial-capability.js';
import { trialService } from '../support/trial-service.js';

describe('health', () => {
  let app: NestFastifyApplication;
  beforeEach(async () => {
    engine.check = async () => {};
    engine.checks = 0;
    app = await trialService();
  });
  afterEach(() => app.close());
  const ask = async (url: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const { statusCode, body } = await app.inject(url);
    return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> };
  };

  it('answers that the service works, and which it is', async () => {
    expect(await ask('/health')).toEqual({ status: 200, body: { status: 'ok', title: 'Penstock', version: '0.1.0' } });
    expect(await ask('/health/live')).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('names every engine with its latency', async () => {
    expect(await ask('/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'ok', details: { 'trial-engine': { status: 'up', responseTime: expect.any(Number) } } },
    });
  });

  it('says why an engine does not work, and that the process itself does', async () => {
    engine.check = () =>
      Promise.reject(new PenstockError('warehouse.unreachable', 'ClickHouse does not accept connections.'));
    const down = {
      status: 'down',
      message: 'ClickHouse does not accept connections.',
      responseTime: expect.any(Number),
    };
    expect(await ask('/health/ready')).toMatchObject({
      status: 503,
      body: { status: 'error', error: { 'trial-engine': down } },
    });
    expect((await ask('/health/live')).status).toBe(200);
    expect((await app.inject('/metrics')).body).toContain('penstock_engine_up{engine="trial-engine"} 0');
  });

  it('keeps the words of drivers to itself', async () => {
    engine.check = () => Promise.reject(new Error('connect ECONNREFUSED postgres://u:hunter2@10.0.0.1'));
    const { status, body } = await ask('/health/ready');
    expect(status).toBe(503);
    expect(JSON.stringify(body)).not.toMatch(/hunter2|10\.0\.0\.1|ECONN/);
  });

  it('gives up on an engine that does not answer, and tells it so', async () => {
    let isTold = false;
    engine.check = (signal) => {
      signal.addEventListener('abort', () => (isTold = true));
      return new Promise(() => {});
    };
    expect((await ask('/health/ready')).status).toBe(503);
    expect(isTold).toBe(true);
    expect((await app.inject('/metrics')).body).toContain('penstock_engine_up{engine="trial-engine"} 0');
  });

  it('asks an engine once for many probes at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => ask('/health/ready')));
    expect(engine.checks).toBe(1);
  });

  it('has started once every engine has worked, and stays so', async () => {
    engine.check = () => Promise.reject(new PenstockError('engine.unavailable', 'Starting.'));
    expect((await ask('/health/startup')).status).toBe(503);
    await app.close();
    engine.check = async () => {};
    app = await trialService();
    expect((await ask('/health/startup')).status).toBe(200);
    engine.check = () => Promise.reject(new Error('down'));
    expect((await ask('/health/startup')).status).toBe(200);
  });
});

describe('metrics', () => {
  it('counts requests by route pattern, problems by code, and tells of the process', async () => {
    const app = await trialService();
    await app.inject('/trial?secret=hunter2');
    await app.inject('/trial/fail?code=stream.empty');
    await app.inject('/some/path/nobody/knows');
    const { headers, body } = await app.inject('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain('http_request_duration_seconds_count{method="GET",route="/trial",status="200"} 1');
    expect(body).toContain('http_request_duration_seconds_count{method="GET",route="unknown",status="404"} 1');
    expect(body).toContain('http_problems_total{code="stream.empty"} 1');
    expect(body).toContain('http_requests_in_flight 1');
    expect(body).toContain('process_resident_memory_bytes');
    expect(body).not.toMatch(/hunter2|nobody/);
    await app.close();
  });
});

describe('the description of the API', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await trialService({ TITLE: 'DWH "Helper"', VERSION: '1.0.0' });
  });
  afterAll(() => app.close());

  it('describes every route with its errors, in JSON and in YAML', async () => {
    const document = JSON.parse((await app.inject('/openapi.json')).body) as {
      info: object;
      paths: Record<
        string,
        Record<string, { responses: Record<string, { content?: object }>; security?: unknown[]; requestBody?: object }>
      >;
    };
    expect(document.info).toMatchObject({ title: 'DWH "Helper"', version: '1.0.0' });
    const { get, post, delete: remove } = document.paths['/trial']!;
    expect(Object.keys(post!.responses).sort()).toEqual([
      '201',
      '400',
      '401',
      '403',
      '404',
      '413',
      '415',
      '429',
      '500',
      '503',
    ]);
    const examples = (post!.responses['404']!.content as Record<string, { examples: object }>)[
      'application/problem+json'
    ]!.examples;
    expect(Object.keys(examples)).toEqual(['stream.empty', 'stream.unknown']);
    expect([get, post, remove].map((operation) => (operation as Record<string, unknown>)['x-penstock-scope'])).toEqual([
      'read',
      'write',
      'admin',
    ]);
    expect(document.paths['/health']!['get']!.security).toEqual([]);
    const { headers, body } = await app.inject('/openapi.yaml');
    expect(headers['content-type']).toContain('yaml');
    expect(body).toMatch(/^openapi: 3/);
  });

  it.each(['/docs', '/redoc'])('shows %s without asking another machine for anything', async (page) => {
    const { statusCode, headers, body } = await app.inject(page);
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toContain('text/html');
    const sources = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source!);
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) {
      expect(source).not.toMatch(/^(https?:)?\/\//);
      expect((await app.inject(new URL(source, `http://localhost${page}`).pathname)).statusCode).toBe(200);
    }
    // No inline script: the content security policy would refuse it.
    expect(body).not.toMatch(/<script>|<script type="[^"]*">|\son\w+=/);
  });

  it('describes every route there is, besides its own', async () => {
    const { app: listed } = await createService('serve', {
      environment: { LOGGING_LEVEL: 'CRITICAL' },
      capabilities: [TRIAL],
    });
    const routes: string[] = [];
    listed
      .getHttpAdapter()
      .getInstance()
      .addHook('onRoute', ({ method, url }) => {
        for (const verb of [method].flat())
          if (verb !== 'HEAD' && verb !== 'OPTIONS') routes.push(`${verb.toLowerCase()} ${url}`);
      });
    await listed.init();
    const { paths } = JSON.parse((await listed.inject('/openapi.json')).body) as { paths: Record<string, object> };
    const described = new Set(
      Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((verb) => `${verb} ${path}`)),
    );
    const undescribed = routes
      .map((route) => route.replace(/:(\w+)/g, '{$1}'))
      .filter((route) => !described.has(route));
    expect(routes.length).toBeGreaterThan(8);
    expect(undescribed.filter((route) => !/^get \/(docs|redoc|openapi)/.test(route))).toEqual([]);
    await listed.close();
  });
});

describe('the log', () => {
  let log: ReturnType<typeof collectLogLines>;
  let app: NestFastifyApplication;
  beforeEach(async () => {
    log = collectLogLines();
    app = await trialService({ LOGGING_LEVEL: 'INFO' });
  });
  afterEach(async () => {
    await app.close();
    log.stop();
  });

  it('has the id of the request in every line of it, after the body was read too', async () => {
    const { headers } = await app.inject({
      method: 'POST',
      url: '/trial',
      headers: { 'x-request-id': 'abc-1' },
      payload: { size: 1, schema: [] },
    });
    expect(headers['x-request-id']).toBe('abc-1');
    expect(log.lines.map(({ message, requestId }) => [message, requestId])).toEqual([
      ['After the body.', 'abc-1'],
      ['POST /trial 201', 'abc-1'],
    ]);
  });

  it.each([undefined, 'with space', 'x'.repeat(129), 'a"b', 'a;b'])('makes an id where %j is given', async (given) => {
    const { headers } = await app.inject({
      url: '/health',
      headers: given === undefined ? {} : { 'x-request-id': given },
    });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('holds neither secrets nor values of queries', async () => {
    await app.inject({
      url: '/trial?token=hunter2',
      headers: { authorization: 'Bearer hunter3', cookie: 'session=hunter4' },
    });
    await app.inject('/trial/fail?code=stream.empty');
    expect(log.lines[0]).toMatchObject({ apiKey: '[redacted]', nested: { secretKey: '[redacted]' }, rows: 3 });
    expect(log.text()).not.toMatch(/hunter|k-123|s-456|row 42/);
    expect(log.lines.at(-1)).toMatchObject({
      message: 'GET /trial/fail 404',
      code: 'stream.empty',
      caller: 'local',
      level: 'log',
    });
  });

  it('tells of a defect with its stack, once', async () => {
    await app.inject({ url: '/trial/defect', headers: { 'x-request-id': 'abc-2' } });
    const errors = log.lines.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ message: 'A request failed.', requestId: 'abc-2' }]);
    expect(JSON.stringify(errors)).toContain('trial-capability.ts');
  });
});

describe('streams', () => {
  let log: ReturnType<typeof collectLogLines>;
  let url: string;
  let stop: () => Promise<void>;
  beforeEach(async () => {
    log = collectLogLines();
    const service = await startService('serve', {
      environment: { PORT: '0', LOGGING_FORMAT: 'json', LOGGING_LEVEL: 'DEBUG' },
      capabilities: [TRIAL],
    });
    url = service.url;
    stop = () => service.stop();
  });
  afterEach(async () => {
    await stop();
    log.stop();
  });
  const accessLine = async (path: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const line = log.lines.find(
        ({ message }) => message.startsWith(`GET ${path}`) || message.startsWith(`POST ${path}`),
      );
      if (line) return line;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const complaints = (): unknown[] =>
    log.lines.filter(({ level }) => level === 'error' || level === 'warn' || level === 'fatal');

  it('logs a reader who leaves as that, not as an error', async () => {
    const abort = new AbortController();
    const response = await fetch(`${url}/trial/stream`, { signal: abort.signal });
    await response.body!.getReader().read();
    abort.abort();
    expect(await accessLine('/trial/stream')).toMatchObject({ message: 'GET /trial/stream 499', isAborted: true });
    expect(complaints()).toEqual([]);
  });

  it('logs a sender who leaves in the middle of a body as that, not as an error', async () => {
    const abort = new AbortController();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"size": 1'));
        setTimeout(() => abort.abort(), 50);
      },
    });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/trial`, {
      method: 'POST',
      body,
      headers,
      duplex: 'half',
      signal: abort.signal,
    }).catch(() => undefined);
    expect(await accessLine('/trial')).toMatchObject({ message: 'POST /trial 499' });
    expect(complaints()).toEqual([]);
  });

  it('keeps the id of a request whose body comes in pieces', async () => {
    const pieces = Readable.from(slowly(['{"size": 1,', ' "schema": []}']));
    const headers = { 'content-type': 'application/json', 'x-request-id': 'abc-3' };
    const response = await fetch(`${url}/trial`, {
      method: 'POST',
      body: pieces,
      headers,
      duplex: 'half',
    });
    expect(response.status).toBe(201);
    expect(log.lines.find(({ message }) => message === 'After the body.')).toMatchObject({ requestId: 'abc-3' });
  });

  it.each(['broken-stream', 'half'])(
    'breaks an answer off that fails in the middle, so that it does not look whole: %s',
    async (route) => {
      const response = await fetch(`${url}/trial/${route}`);
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow('terminated');
    },
  );

  it('finishes what is in flight when it stops, and refuses what comes then', async () => {
    const entered = new Promise<void>((resolve) => (gate.enter = resolve));
    const slow = fetch(`${url}/trial/slow`);
    await entered;
    const stopped = stop();
    const late = await fetch(`${url}/trial`).then(
      (response) => response.status,
      () => 'refused',
    );
    expect([503, 'refused']).toContain(late);
    gate.open();
    expect(await (await slow).json()).toEqual({ slow: true });
    await stopped;
  });
});

async function* slowly(pieces: readonly string[]): AsyncGenerator<string> {
  for (const piece of pieces) {
    yield piece;
    await sleep(20);
  }
}

describe('a worker', () => {
  it('serves probes and metrics, and nothing else', async () => {
    engine.check = async () => {};
    const { app } = await createService('worker', {
      environment: { LOGGING_LEVEL: 'CRITICAL' },
      capabilities: [TRIAL],
    });
    await app.init();
    for (const url of ['/health', '/health/live', '/health/ready', '/metrics'])
      expect((await app.inject(url)).statusCode).toBe(200);
    for (const url of ['/trial', '/docs', '/openapi.json']) expect((await app.inject(url)).statusCode).toBe(404);
    await app.close();
  });
});
