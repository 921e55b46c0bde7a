import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HttpSchemaRegistry } from '../../src/infrastructure/confluent/http-schema-registry.js';
import { RegistryHttp } from '../../src/infrastructure/confluent/registry-http.js';
import { CountedMetrics } from '../support/counted-metrics.js';

type Answer = (response: ServerResponse) => void;

const json =
  (status: number, body: unknown): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const SCHEMA = json(200, { schema: '"string"' });

describe('HttpSchemaRegistry over a registry with troubles', () => {
  let server: Server;
  let answers: Answer[] = [];
  let asked: { readonly url: string; readonly authorization: string | undefined }[] = [];
  let metrics: CountedMetrics;
  let registry: HttpSchemaRegistry;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      answer?.(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked = [];
    metrics = new CountedMetrics();
    const { port } = server.address() as AddressInfo;
    const options = { url: `http://127.0.0.1:${port}/`, user: 'u', password: 'p:w', timeoutMs: 500, maxAttempts: 3 };
    registry = new HttpSchemaRegistry(new RegistryHttp(options), metrics);
  });

  it('asks again when it answers with a fault of its own, or not at all', async () => {
    answers = [json(503, { error_code: 50_003 }), () => undefined, SCHEMA];
    expect(await registry.byId(7)).toEqual({ id: 7, guid: '', schema: '"string"', references: [] });
    expect(asked.map(({ url }) => url)).toEqual(['/schemas/ids/7', '/schemas/ids/7', '/schemas/ids/7']);
  });

  it('gives up in the end', async () => {
    answers = [json(500, {})];
    await expect(registry.byId(7)).rejects.toMatchObject({ code: 'registry.unreachable' });
    expect(asked).toHaveLength(3);
  });

  it('does not ask again for what it was refused', async () => {
    answers = [json(401, { error_code: 401, message: 'Unauthorized' })];
    await expect(registry.byId(7)).rejects.toMatchObject({
      code: 'registry.refused',
      message: expect.stringContaining('Unauthorized') as string,
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('u:p:w').toString('base64')}`);
  });

  it('asks once for what never changes, and always for what does', async () => {
    answers = [SCHEMA];
    await registry.byId(7);
    await registry.byId(7);
    expect(asked).toHaveLength(1);
    expect(metrics.of('penstock_schema_lookups_total', 'cached')).toBe(1);
    answers = [json(200, { subject: 's', version: 1, id: 7, schema: '"string"' })];
    await registry.latest('s');
    await registry.latest('s');
    expect(asked).toHaveLength(3);
    answers = [json(404, { error_code: 40_403, message: 'Schema not found' })];
    expect(await registry.byId(8)).toBeUndefined();
    answers = [SCHEMA];
    expect(await registry.byId(8)).toMatchObject({ id: 8 });
  });

  it('reads no more of an answer than it has to hold', async () => {
    answers = [
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(1_000_000, 32)));
          response.once('drain', more);
        };
        more();
      },
    ];
    await expect(registry.byId(7)).rejects.toMatchObject({ code: 'registry.refused' });
  });

  it('takes a page for no answer, and follows nobody to another place', async () => {
    answers = [(response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')];
    await expect(registry.byId(7)).rejects.toMatchObject({ code: 'registry.refused' });
    answers = [(response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()];
    await expect(registry.byId(7)).rejects.toMatchObject({ code: 'registry.unreachable' });
  });

  it('finds the version where an older registry answers with the id alone', async () => {
    answers = [json(200, { id: 7 }), json(200, { subject: 's', version: 3, id: 7, schema: '"string"' })];
    expect(await registry.register('s', '"string"')).toMatchObject({ id: 7, version: 3 });
    expect(asked.map(({ url }) => url)).toEqual(['/subjects/s/versions', '/subjects/s']);
  });
});
