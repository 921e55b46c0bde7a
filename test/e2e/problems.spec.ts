import { connect } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_KINDS } from '../../src/domain/errors.js';
import { statusOf } from '../../src/interfaces/http/problem.js';
import { trialService } from '../support/trial-service.js';

const json = { 'content-type': 'application/json' };

describe('problems', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await trialService({ MAX_BODY_BYTES: '1024', RATE_LIMIT_PER_MINUTE: '0' });
  });
  afterAll(() => app.close());

  it.each(Object.keys(ERROR_KINDS).filter((code) => code !== 'internal.defect'))(
    'answers %s as the catalogue says',
    async (code) => {
      const { statusCode, headers, body } = await app.inject({
        url: `/trial/fail?code=${code}`,
        headers: { 'x-request-id': 'r-1' },
      });
      expect(statusCode).toBe(statusOf(code as keyof typeof ERROR_KINDS));
      expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(headers['retry-after']).toBe('2');
      expect(headers['www-authenticate']).toBe(statusCode === 401 ? 'Bearer realm="penstock"' : undefined);
      expect(JSON.parse(body)).toEqual({
        type: `urn:penstock:error:${code}`,
        title: expect.any(String),
        status: statusCode,
        detail: `It is ${code}.`,
        instance: '/trial/fail',
        code,
        requestId: 'r-1',
      });
    },
  );

  it.each(['/trial/defect', '/trial/fail?code=internal.defect'])(
    'tells nothing of a defect but the request id: %s',
    async (url) => {
      const { statusCode, body } = await app.inject({ url, headers: { 'x-request-id': 'r-2' } });
      expect(statusCode).toBe(500);
      expect(JSON.parse(body)).toMatchObject({ code: 'internal.defect', requestId: 'r-2' });
      expect(body).not.toMatch(/SELECT|customers|It is|\.ts/);
    },
  );

  it.each([
    ['not JSON', { headers: json, payload: '{"size": 1,' }, 400, 'request.malformed'],
    [
      'JSON that reaches for prototypes',
      { headers: json, payload: '{"__proto__": {"a": 1}}' },
      400,
      'request.malformed',
    ],
    ['an empty body', { headers: json, payload: '' }, 400, 'request.malformed'],
    ['no body at all', {}, 400, 'request.invalid'],
    [
      'a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=1' },
      415,
      'request.unsupported-media',
    ],
    ['plain text', { headers: { 'content-type': 'text/plain' }, payload: '{}' }, 415, 'request.unsupported-media'],
    ['a nonsense media type', { headers: { 'content-type': '???' }, payload: '{}' }, 415, 'request.unsupported-media'],
    [
      'a body beyond the limit',
      { headers: json, payload: JSON.stringify({ a: 'x'.repeat(1024) }) },
      413,
      'request.too-large',
    ],
  ])('refuses %s', async (_case, request, status, code) => {
    const { statusCode, headers, body } = await app.inject({ method: 'POST', url: '/trial', ...request });
    expect(JSON.parse(body)).toMatchObject({ code, status });
    expect(statusCode).toBe(status);
    expect(headers['content-type']).toContain('application/problem+json');
  });

  it('names every field that is wrong by its path, without its value', async () => {
    const payload = {
      size: 0,
      schema: [
        { name: 'a', type: 'String' },
        { name: 5, type: 'hunter2', extra: 'hunter3' },
      ],
      more: 'hunter4',
    };
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/trial', payload });
    expect(statusCode).toBe(400);
    const paths = (JSON.parse(body) as { errors: { path: string }[] }).errors.map(({ path }) => path);
    expect(paths.sort()).toEqual(['more', 'schema.1.extra', 'schema.1.name', 'size']);
    expect(body).not.toContain('hunter');
  });

  it('cuts a long list of faults', async () => {
    const payload = { size: 1, schema: Array.from({ length: 60 }, () => ({})) };
    const { body } = await app.inject({ method: 'POST', url: '/trial', payload });
    expect((JSON.parse(body) as { errors: unknown[] }).errors.length).toBeLessThanOrEqual(100);
  });

  it.each([
    ['GET', '/nowhere', 404, 'route.unknown'],
    ['PUT', '/trial', 404, 'route.unknown'],
    ['GET', '/%E0%A4%A', 400, 'request.malformed'],
    ['GET', '/trial/fail?code=%ff', 400, 'request.malformed'],
    ['GET', '/trial/fail?code=100%', 400, 'request.malformed'],
    ['GET', '/nowhere?%C3=1', 400, 'request.malformed'],
    ['GET', `/${'a'.repeat(3000)}`, 404, 'route.unknown'],
    ['GET', '/trial/fail?code=nonsense', 400, 'request.invalid'],
    ['GET', '/trial/fail', 400, 'request.invalid'],
  ] as const)('answers %s %s with a problem', async (method, url, status, code) => {
    const { statusCode, headers, body } = await app.inject({ method, url, headers: { 'x-request-id': 'r-3' } });
    expect(JSON.parse(body)).toMatchObject({ code, status, requestId: 'r-3' });
    expect(statusCode).toBe(status);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(headers['x-request-id']).toBe('r-3');
  });

  it.each([
    ['what is not HTTP', 'nonsense\r\n\r\n', 'HTTP/1.1 400', 'request.malformed'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      'HTTP/1.1 413',
      'request.too-large',
    ],
  ])('answers %s with a problem as well', async (_case, bytes, status, code) => {
    const answer = await exchange(app, bytes);
    expect(answer).toMatch(new RegExp(`^${status}`));
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ code });
  });
});

async function exchange(app: NestFastifyApplication, bytes: string): Promise<string> {
  if (!app.getHttpServer().listening) await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
