import { readdir } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { HeadObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CuttingPath, cuttingPathTo } from '../support/cutting-path.js';
import { type FaultyPath, faultyPathTo } from '../support/faulty-path.js';
import { bytesOf, collected, inChunks, MIB, sha256, spliced } from '../support/object-bytes.js';
import { type OpenStore, storeAt, type StoreOptions } from '../support/s3-adapters.js';
import { IDENTITY, REGION } from '../support/aws-identity.js';
import { openOwnS3, type OwnS3 } from '../support/s3-engines.js';

const BUCKET = 'faults';
let own: OwnS3;
let lossy: FaultyPath;
let breaking: CuttingPath;
const opened: OpenStore[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  own = await openOwnS3();
  [lossy, breaking] = [await faultyPathTo(own.url), await cuttingPathTo(own.url)];
  await at(own.url, { target: { createBucket: true } }).store.list({ limit: 1 });
});
afterEach(() => {
  for (const { connection } of opened.splice(0)) connection.close();
  for (const server of servers.splice(0)) server.close();
});
afterAll(async () => {
  await Promise.all([lossy.close(), breaking.close()]);
  await own.close();
});

function at(url: string, options: StoreOptions = {}): OpenStore {
  const store = storeAt({ url, ...IDENTITY, region: REGION }, BUCKET, options);
  opened.push(store);
  return store;
}

async function read({ store }: OpenStore, key: string): Promise<Buffer> {
  const content = await store.read(key);
  if (content === 'unmodified') throw new Error('It is unmodified.');
  return collected(content.body);
}

const isWrite = ({ method, path }: { method: string; path: string }): boolean =>
  method === 'PUT' && !path.includes('uploadId');
const isCompletion = ({ method, path }: { method: string; path: string }): boolean =>
  method === 'POST' && path.includes('uploadId');

describe('an answer that gets lost', () => {
  it.each([
    ['a small object', 100, isWrite],
    ['one in parts', 9 * MIB, isCompletion],
  ])('does not make a creator believe that somebody else was faster: %s', async (name, length, concerns) => {
    const here = at(lossy.url);
    lossy.loseAnswers(1, concerns);
    const stored = await here.store.put(name, inChunks(bytesOf(length)), { condition: { ifAbsent: true } });
    expect(await here.store.head(name)).toMatchObject({ etag: stored.etag, size: length });
    const again = here.store.put(name, inChunks(bytesOf(length)), { condition: { ifAbsent: true } });
    await expect(again).rejects.toMatchObject({ code: 'object.exists' });
  });

  it.each([
    ['a small one', 100, isWrite],
    ['a large one', 13 * MIB, isCompletion],
  ])('does not make a patch believe that its object was changed: %s', async (name, length, concerns) => {
    const here = at(lossy.url);
    await here.store.put(name, inChunks(bytesOf(length)));
    lossy.loseAnswers(1, concerns);
    const stored = await here.store.splice(name, 10, inChunks(Buffer.from('patch')));
    expect(await here.store.head(name)).toMatchObject({ etag: stored.etag });
    expect(sha256(await read(here, name))).toBe(sha256(spliced(bytesOf(length), 10, Buffer.from('patch'))));
  });

  it('does not make a deletion believe that there was nothing', async () => {
    const here = at(lossy.url);
    const removing = ({ method }: { method: string }): boolean => method === 'DELETE';
    await here.store.put('removed', inChunks(bytesOf(100)));
    lossy.loseAnswers(1, removing);
    expect(await here.store.delete('removed')).toBe(true);
    const { etag } = await here.store.put('removed', inChunks(bytesOf(100)));
    lossy.loseAnswers(1, removing);
    expect(await here.store.delete('removed', { ifMatch: etag })).toBe(true);
  });

  it('of a part is asked for again', async () => {
    const here = at(lossy.url);
    lossy.loseAnswers(2, ({ method, path }) => method === 'PUT' && path.includes('partNumber'));
    await here.store.put('parts', inChunks(bytesOf(20 * MIB)));
    expect(sha256(await read(here, 'parts'))).toBe(sha256(bytesOf(20 * MIB)));
  });

  it('of a part that is kept in a file is asked for again too, and the file leaves no name', async () => {
    const here = at(lossy.url, { memoryPartBytes: MIB });
    lossy.loseAnswers(2, ({ method, path }) => method === 'PUT' && path.includes('partNumber'));
    await here.store.put('file-parts', inChunks(bytesOf(20 * MIB)));
    expect(sha256(await read(here, 'file-parts'))).toBe(sha256(bytesOf(20 * MIB)));
    expect((await readdir(tmpdir())).filter((name) => /^penstock-(part|content)-/.test(name))).toEqual([]);
  });
});

describe('a download whose connection breaks', () => {
  it('goes on where it was, by another connection', async () => {
    const here = at(breaking.url);
    await here.store.put('broken', inChunks(bytesOf(12 * MIB)));
    breaking.passed.length = 0;
    breaking.cut(3, 2 * MIB);
    expect(sha256(await read(here, 'broken'))).toBe(sha256(bytesOf(12 * MIB)));
    expect(breaking.passed).toHaveLength(4);
    expect(breaking.passed[3]).toMatch(/^GET bytes=\d{6,}-12582911$/);
  });

  it('fails when the object is another one meanwhile, for it never mixes two', async () => {
    const here = at(breaking.url);
    await here.store.put('exchanged', inChunks(bytesOf(12 * MIB)));
    breaking.cut(1, 2 * MIB);
    const content = await here.store.read('exchanged');
    if (content === 'unmodified') throw new Error('It is unmodified.');
    await at(own.url).store.put('exchanged', inChunks(bytesOf(12 * MIB, 1)));
    await expect(collected(content.body)).rejects.toMatchObject({ code: 'object.changed' });
  });

  it('fails when it breaks again and again without bringing anything', async () => {
    const here = at(breaking.url);
    await here.store.put('hopeless', inChunks(bytesOf(3 * MIB)));
    breaking.cut(50, 0);
    await expect(read(here, 'hopeless')).rejects.toMatchObject({ code: 'bucket.unreachable' });
    breaking.cut(0, 0);
  });
});

describe('content that is kept for another try', () => {
  it.each([
    ['in memory', { memoryBytes: MIB, fileBytes: 9 * MIB }],
    ['in a file', { memoryBytes: 1000, fileBytes: 9 * MIB }],
  ])('%s is sent as often as it takes', async (name, keep) => {
    const here = at(own.url, { keep });
    await here.store.put(name, inChunks(bytesOf(10 * MIB)));
    const patches = Array.from({ length: 4 }, (_, n) =>
      here.store.splice(name, n * 2 * MIB, inChunks(bytesOf(2 * MIB, 100 + n)), { retries: 20 }),
    );
    await Promise.all(patches);
    const expected = Array.from({ length: 4 }, (_, n) => n).reduce(
      (bytes, n) => spliced(bytes, n * 2 * MIB, bytesOf(2 * MIB, 100 + n)),
      bytesOf(10 * MIB),
    );
    expect(sha256(await read(here, name))).toBe(sha256(expected));
    expect(here.metrics.of('penstock_splices_total', 'changed')).toBeGreaterThan(0);
    expect(here.metrics.of('penstock_splices_total', 'stored')).toBe(4);
  });

  it('may not be longer than what is kept', async () => {
    const here = at(own.url, { keep: { memoryBytes: 1000, fileBytes: MIB } });
    await here.store.put('kept', inChunks(bytesOf(100)));
    const patch = here.store.splice('kept', 0, inChunks(bytesOf(2 * MIB)), { retries: 1 });
    await expect(patch).rejects.toMatchObject({ code: 'request.too-large' });
    expect((await read(here, 'kept')).length).toBe(100);
  });
});

describe('checksums', () => {
  it('of the whole object are kept by the store, of parts and patches too', async () => {
    const here = at(own.url);
    await here.store.put('summed', inChunks(bytesOf(13 * MIB)));
    await here.store.splice('summed', 6 * MIB, inChunks(Buffer.from('x')));
    const head = await own.client.send(
      new HeadObjectCommand({ Bucket: BUCKET, Key: 'summed', ChecksumMode: 'ENABLED' }),
    );
    expect(head).toMatchObject({ ChecksumType: 'FULL_OBJECT', ChecksumCRC32: expect.stringMatching(/^[\w+/]{6}==$/) });
  });

  it('are signed, and the content itself only where somebody on the way could change it', async () => {
    const seen: Record<string, unknown>[] = [];
    const { url } = await serve((request, response) => {
      seen.push(request.headers);
      request.resume().once('end', () => response.writeHead(200, { etag: '"a"', 'content-length': 0 }).end());
    });
    await at(url).store.put('signed', inChunks(Buffer.from('hello')));
    expect(seen).toMatchObject([{ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-checksum-crc32': 'NhCmhg==' }]);
    expect(seen[0]!['authorization']).toMatch(/SignedHeaders=[^,]*x-amz-checksum-crc32;/);
  });

  it('that do not fit what comes end a download', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '5', etag: '"a"', 'x-amz-checksum-crc32': 'AAAAAA==' }).end('hello');
    });
    await expect(read(at(url), 'damaged')).rejects.toMatchObject({ code: 'object.damaged' });
  });
});

describe('a store of another kind', () => {
  it.each([
    ['never looks at conditions', 200, ''],
    ['does not know them', 501, '<Error><Code>NotImplemented</Code></Error>'],
  ])('that %s is not trusted with what depends on them', async (_, status, body) => {
    const requests: string[] = [];
    const { url } = await serve((request, response) => {
      requests.push(`${request.method} ${request.url?.split('?')[0]?.replace(/[\da-f-]{36}$/, 'ID')}`);
      request.resume();
      const isProbe = request.headers['if-match'] !== undefined;
      response.writeHead(isProbe ? status : 200, { etag: '"a"', 'content-length': isProbe ? body.length : 0 });
      response.end(isProbe ? body : '');
    });
    const { store } = at(url, { target: { conditions: 'untried' } });
    const content = () => inChunks(Buffer.from('x'));
    for (const write of [
      () => store.put('k', content(), { condition: { ifAbsent: true } }),
      () => store.put('k', content(), { condition: { ifPresent: true } }),
      () => store.splice('k', 0, content()),
      () => store.delete('k', { ifMatch: '"a"' }),
    ]) {
      await expect(write()).rejects.toMatchObject({ code: 'bucket.unconditional' });
    }
    expect(requests.filter((request) => request.startsWith('PUT'))).toEqual(['PUT /faults/.penstock/condition-ID']);
    if (status === 200) expect(requests).toContain('DELETE /faults/.penstock/condition-ID');
    await expect(store.put('k', content())).resolves.toMatchObject({ key: 'k' });
  });

  it('that keeps conditions is found out once', async () => {
    const here = at(breaking.url, { target: { conditions: 'untried' } });
    breaking.passed.length = 0;
    for (const key of ['tried-1', 'tried-2']) {
      await here.store.put(key, inChunks(Buffer.from(key)), { condition: { ifAbsent: true } });
    }
    expect(breaking.passed.filter((request) => request.startsWith('PUT'))).toHaveLength(3);
  });

  it('gets no conditions where its operator says so, and they are looked at before', async () => {
    const here = at(own.url, { target: { conditions: 'omitted' } });
    await here.store.put('unguarded', inChunks(Buffer.from('one')), { condition: { ifAbsent: true } });
    const again = here.store.put('unguarded', inChunks(Buffer.from('two')), { condition: { ifAbsent: true } });
    await expect(again).rejects.toMatchObject({ code: 'object.exists' });
    await here.store.splice('unguarded', 0, inChunks(Buffer.from('O')));
    expect((await read(here, 'unguarded')).toString()).toBe('One');
  });

  it('that is asked too often says when to come again', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
    });
    const busy = at(url, { maxAttempts: 1 }).store.list({ limit: 1 });
    await expect(busy).rejects.toMatchObject({ code: 'bucket.throttled', retryAfterMs: expect.any(Number) });
  });

  it('that holds an object in an archive says so', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(403).end('<Error><Code>InvalidObjectState</Code></Error>');
    });
    await expect(at(url).store.read('cold')).rejects.toMatchObject({ code: 'object.archived' });
  });
});

describe('an upload that fails and cannot be taken back', () => {
  it('fails for its own reason, and the log tells what is left', async () => {
    const { url } = await serve((request, response) => {
      request.resume();
      request.once('end', () => {
        if (request.method === 'POST') {
          response.end('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>');
        } else response.writeHead(request.method === 'PUT' ? 403 : 500).end('<Error><Code>AccessDenied</Code></Error>');
      });
    });
    const { store, warnings, metrics } = at(url, { maxAttempts: 1 });
    await expect(store.put('stuck', inChunks(bytesOf(9 * MIB)))).rejects.toMatchObject({ code: 'bucket.forbidden' });
    expect(warnings).toEqual([expect.stringContaining('could not be removed')]);
    expect(metrics.of('penstock_uploads_abandoned_total')).toBe(1);
  });

  it('leaves nothing where it can', async () => {
    const { Uploads = [] } = await own.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    expect(Uploads).toEqual([]);
  });
});

async function serve(answer: RequestListener): Promise<{ url: string }> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
