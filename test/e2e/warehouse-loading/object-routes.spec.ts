import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bytesOf, MIB, sha256, spliced } from '../../support/object-bytes.js';
import { ObjectService } from '../../support/object-service.js';

// Processes start in these, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let service: ObjectService;
beforeAll(async () => {
  service = await ObjectService.start();
});
afterAll(() => service?.stop());

const call = (method: string, path: string, init?: RequestInit) => service.call(method, path, init);
const get = (path: string, headers: Record<string, string> = {}) => call('GET', path, { headers });

describe("the document's requests", () => {
  it('store, list, describe, download, update, patch and delete an object', async () => {
    const uploaded = await service.send('POST', '/s3/upload?key=path/to/file', 'hello');
    expect(uploaded).toMatchObject({
      status: 200,
      body: { key: 'path/to/file', etag: '"5d41402abc4b2a76b9719d911017c592"', version_id: null, size: 5 },
    });
    expect(await get('/s3/objects?prefix=path/')).toMatchObject({
      status: 200,
      body: {
        prefix: 'path/',
        objects: [{ Key: 'path/to/file', LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), Size: 5 }],
        prefixes: [],
        count: 1,
      },
    });
    expect(await get('/s3/object-info?key=path/to/file')).toMatchObject({
      status: 200,
      body: { size: 5, exists: true },
    });
    expect((await service.download('path/to/file')).toString()).toBe('hello');
    const updated = await service.send('PUT', '/s3/update?key=path/to/file', 'hello, world');
    expect(updated).toMatchObject({ status: 200, body: { key: 'path/to/file', size: 12 } });
    const patched = await service.send('PATCH', '/s3/patch?key=path/to/file&offset=0', 'J');
    expect(patched).toMatchObject({ status: 200, body: { key: 'path/to/file', size: 12 } });
    expect((await service.download('path/to/file')).toString()).toBe('Jello, world');
    expect(await call('DELETE', '/s3/delete?key=path/to/file')).toMatchObject({
      status: 200,
      body: { key: 'path/to/file', deleted: true },
    });
    expect(await get('/s3/object-info?key=path/to/file')).toMatchObject({
      status: 200,
      body: { key: 'path/to/file', exists: false, size: null },
    });
  });
});

describe('uploads', () => {
  it('refuse to overwrite unless told to', async () => {
    await service.upload('kept', 'one');
    const again = await service.upload('kept', 'two');
    expect(again).toMatchObject({ status: 409, body: { code: 'object.exists' } });
    expect((await service.download('kept')).toString()).toBe('one');
    expect(await service.send('POST', '/s3/upload?key=kept&overwrite=true', 'three')).toMatchObject({ status: 200 });
    expect((await service.download('kept')).toString()).toBe('three');
  });

  it('answer a client that still sends a large body', async () => {
    await service.upload('still-there', 'one');
    const again = await service.upload('still-there', bytesOf(12 * MIB));
    expect(again).toMatchObject({ status: 409, body: { code: 'object.exists' } });
    expect(await get('/s3/object-info?key=')).toMatchObject({ status: 422, body: { code: 'key.invalid' } });
  });

  it.each(['application/octet-stream', 'application/json', 'text/plain', 'text/csv; charset=utf-8'])(
    'take the body itself as it is: %s',
    async (type) => {
      const body = '{"not": "parsed"';
      const key = `raw ${type}`;
      const path = `/s3/upload?key=${encodeURIComponent(key)}`;
      expect(await call('POST', path, { body, headers: { 'content-type': type } })).toMatchObject({ status: 200 });
      const answer = await get(`/s3/download?key=${encodeURIComponent(key)}`);
      expect([answer.bytes.toString(), answer.headers.get('content-type')]).toEqual([body, type]);
    },
  );

  it('take bodies of no declared length', async () => {
    const bytes = bytesOf(9 * MIB);
    const body = new Blob([bytes]).stream();
    const answer = await call('POST', '/s3/upload?key=chunked', { body, duplex: 'half' });
    expect(answer).toMatchObject({ status: 200, body: { size: 9 * MIB } });
    expect(sha256(await service.download('chunked'))).toBe(sha256(bytes));
  });

  it('find the file of a form among its fields, wherever they stand', async () => {
    for (const [key, order] of [
      ['fields-first', ['a', 'b', 'file']],
      ['fields-last', ['file', 'a', 'b']],
      ['fields-around', ['a', 'file', 'b']],
    ] as const) {
      const form = new FormData();
      for (const name of order) {
        if (name === 'file') form.append('content', new Blob(['x,y\n'], { type: 'text/csv' }), 'report.csv');
        else form.append(name, 'v'.repeat(1000));
      }
      expect(await call('POST', `/s3/upload?key=${key}`, { body: form })).toMatchObject({
        status: 200,
        body: { size: 4 },
      });
      const answer = await get(`/s3/download?key=${key}`);
      expect([answer.bytes.toString(), answer.headers.get('content-type')]).toEqual(['x,y\n', 'text/csv']);
    }
  });

  it('are told from requests without a file, and with several', async () => {
    const none = new FormData();
    none.append('a', 'b');
    const several = new FormData();
    for (const name of ['one', 'two']) several.append(name, new Blob([name]), name);
    for (const body of [none, several, undefined]) {
      const answer = await call('POST', '/s3/upload?key=not-one', body && { body });
      expect(answer).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    }
    const unchosen = '--X\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--X--\r\n';
    const headers = { 'content-type': 'multipart/form-data; boundary=X' };
    const answer = await call('POST', '/s3/upload?key=not-one', { body: unchosen, headers });
    expect(answer).toMatchObject({ status: 400, body: { detail: 'No file was chosen in the form.' } });
    expect(await service.exists('not-one')).toBe(false);
  });

  it('store empty objects only when they are meant', async () => {
    expect(await service.upload('empty-form', '')).toMatchObject({ status: 200, body: { size: 0 } });
    const headers = { 'content-type': 'application/octet-stream' };
    const raw = await call('POST', '/s3/upload?key=empty-raw', { body: '', headers });
    expect(raw).toMatchObject({ status: 200, body: { size: 0 } });
    expect((await service.download('empty-raw')).length).toBe(0);
  });

  it('are stored only by whoever calls from this machine', async () => {
    const form = await service.send('POST', '/s3/upload?key=foreign', 'x', { origin: 'https://elsewhere.example' });
    expect(form).toMatchObject({ status: 403, body: { code: 'host.refused' } });
    const raw = await call('POST', '/s3/upload?key=foreign', {
      body: 'x',
      headers: { origin: 'null', 'content-type': 'text/plain' },
    });
    expect(raw).toMatchObject({ status: 403, body: { code: 'host.refused' } });
    expect(await service.exists('foreign')).toBe(false);
  });

  /** The status for a body that is announced and not sent: a client that sends it may be cut off before it reads the answer. */
  async function announced(path: string, bytes: number): Promise<number | undefined> {
    const headers = { 'content-type': 'application/json', 'content-length': bytes };
    const sending = request(`${service.url}${path}`, { method: 'POST', headers });
    const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
    sending.write('{');
    const [response] = await answered;
    sending.on('error', () => undefined).destroy();
    return response.statusCode;
  }

  it('leave other routes as they were: forms and bytes are not for them', async () => {
    const form = await service.send('POST', '/s3/presign', 'x');
    expect(form).toMatchObject({ status: 415, body: { code: 'request.unsupported-media' } });
    const headers = { 'content-type': 'application/octet-stream' };
    const raw = await call('POST', '/s3/presign', { body: 'x', headers });
    expect(raw).toMatchObject({ status: 415, body: { code: 'request.unsupported-media' } });
    expect(await announced('/s3/presign', 20 * MIB)).toBe(413);
    expect(await service.send('POST', '/s3/nowhere', 'x')).toMatchObject({
      status: 404,
      body: { code: 'route.unknown' },
    });
  });
});

describe('downloads', () => {
  const TEXT = '0123456789';
  let etag: string;
  beforeAll(async () => {
    etag = (await service.upload('ranges', TEXT)).body['etag'] as string;
  });
  const read = (headers: Record<string, string>) => get('/s3/download?key=ranges', headers);

  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=0-1,4-5', 200, TEXT, null],
    ['lines=1-2', 200, TEXT, null],
    ['bytes=4-2', 200, TEXT, null],
  ])('answer Range: %s with %i', async (range, status, text, contentRange) => {
    const answer = await read({ range });
    expect([answer.status, answer.bytes.toString()]).toEqual([status, text]);
    expect(answer.headers.get('content-range')).toBe(contentRange);
    expect(answer.headers.get('content-length')).toBe(String(text.length));
  });

  it('tell where the end is when a range lies behind it', async () => {
    const answer = await read({ range: 'bytes=10-' });
    expect(answer).toMatchObject({ status: 416, body: { code: 'object.range' } });
    expect(answer.headers.get('content-range')).toBe('bytes */10');
  });

  it('are not repeated for who has the object already', async () => {
    for (const tags of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
      const answer = await read({ 'if-none-match': tags });
      expect([answer.status, answer.bytes.length, answer.headers.get('etag')]).toEqual([304, 0, etag]);
    }
    expect((await read({ 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('hold to If-Match, and to a range of just that object', async () => {
    expect((await read({ 'if-match': etag })).status).toBe(200);
    expect((await read({ 'if-match': `"other", ${etag}` })).status).toBe(200);
    expect(await read({ 'if-match': '"other"' })).toMatchObject({ status: 412, body: { code: 'object.unmatched' } });
    expect(await read({ range: 'bytes=0-1', 'if-range': etag })).toMatchObject({ status: 206 });
    const changed = await read({ range: 'bytes=0-1', 'if-range': '"other"' });
    expect([changed.status, changed.bytes.toString()]).toEqual([200, TEXT]);
  });

  it('of damaged bytes never come to their end, and the log says why', async () => {
    const own = await ObjectService.start();
    try {
      await own.upload('damaged', bytesOf(300_000));
      const files = join(own.folder, 'data', 's3', 'files');
      const names = await readdir(files, { recursive: true, withFileTypes: true });
      const path = names.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))[0]!;
      const bytes = await readFile(path);
      bytes[150_000]! ^= 1;
      await writeFile(path, bytes);
      await expect(own.download('damaged')).rejects.toThrow('terminated');
      await vi.waitFor(() => expect(own.log).toMatch(/An answer was cut off\..*object\.damaged/));
      expect(own.log).not.toContain('MaxListenersExceededWarning');
    } finally {
      await own.stop();
    }
  });

  it('tell size, type and ETag to HEAD, without content', async () => {
    const answer = await call('HEAD', '/s3/download?key=ranges');
    expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
    expect(answer.headers.get('content-length')).toBe('10');
    expect(answer.headers.get('etag')).toBe(etag);
  });

  it('are saved, never shown, under a name that can hold anything', async () => {
    const key = 'a/größe "x"\\;%0d\r\nset-cookie: a=b.html';
    await call('POST', `/s3/upload?key=${encodeURIComponent(key)}`, {
      body: '<script>',
      headers: { 'content-type': 'text/html' },
    });
    const { headers } = await get(`/s3/download?key=${encodeURIComponent(key)}`);
    const disposition = headers.get('content-disposition') ?? '';
    expect(disposition).toMatch(/^attachment; filename="[\u0020-\u007e]+"; filename\*=UTF-8''[\w%.~!-]+$/);
    expect(decodeURIComponent(/UTF-8''(.*)$/.exec(disposition)?.[1] ?? '')).toBe(key.slice(2));
    expect(headers.get('set-cookie')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('updates and patches', () => {
  it('need an object, and the one that is meant', async () => {
    expect(await service.send('PUT', '/s3/update?key=nobody', 'x')).toMatchObject({
      status: 404,
      body: { code: 'object.unknown' },
    });
    const { body } = await service.upload('versions', 'one');
    const first = { 'if-match': body['etag'] as string };
    expect(await service.send('PUT', '/s3/update?key=versions', 'two', first)).toMatchObject({ status: 200 });
    expect(await service.send('PUT', '/s3/update?key=versions', 'three', first)).toMatchObject({
      status: 412,
      body: { code: 'object.unmatched' },
    });
    expect(await service.send('PATCH', '/s3/patch?key=versions&offset=0', 'x', first)).toMatchObject({ status: 412 });
    expect(await call('DELETE', '/s3/delete?key=versions', { headers: first })).toMatchObject({ status: 412 });
    expect((await service.download('versions')).toString()).toBe('two');
  });

  it('hold to what uploads say of the object that is there, and refuse what they would not look at', async () => {
    const { body } = await service.upload('guarded', 'one');
    const first = { 'if-match': body['etag'] as string };
    const over = '/s3/upload?key=guarded&overwrite=true';
    expect(await service.send('POST', over, 'two', first)).toMatchObject({ status: 200 });
    expect(await service.send('POST', over, 'three', first)).toMatchObject({ status: 412 });
    expect(await service.send('POST', over, 'three', { 'if-none-match': '*' })).toMatchObject({ status: 409 });
    expect(await service.send('POST', '/s3/upload?key=guarded', 'three', first)).toMatchObject({ status: 400 });
    const none = { 'if-none-match': '*' };
    expect(await service.send('PUT', '/s3/update?key=guarded', 'three', none)).toMatchObject({ status: 400 });
    expect(await service.send('PATCH', '/s3/patch?key=guarded&offset=0', 'three', none)).toMatchObject({ status: 400 });
    expect((await service.download('guarded')).toString()).toBe('two');
  });

  it('are refused where the offset is no plain number, or the key not decodable', async () => {
    await service.upload('plain', '0123456789');
    for (const offset of ['', '0x1', '1e0', '%203', '%2B3', '1.5', '-1', '3&offset=4']) {
      expect(await service.send('PATCH', `/s3/patch?key=plain&offset=${offset}`, 'X')).toMatchObject({
        status: 400,
        body: { code: 'request.invalid' },
      });
    }
    expect((await service.download('plain')).toString()).toBe('0123456789');
    for (const key of ['a%20b%', '%ff', '%E4rger']) {
      expect(await call('DELETE', `/s3/delete?key=${key}`)).toMatchObject({
        status: 400,
        body: { code: 'request.malformed' },
      });
    }
  });

  it('append at the end, and refuse a gap', async () => {
    await service.upload('appended', 'one');
    expect(await service.send('PATCH', '/s3/patch?key=appended&offset=3', ', two')).toMatchObject({
      body: { size: 8 },
    });
    expect(await service.send('PATCH', '/s3/patch?key=appended&offset=9', 'x')).toMatchObject({
      status: 422,
      body: { code: 'object.gap' },
    });
    expect(await service.send('PATCH', '/s3/patch?key=appended', 'x')).toMatchObject({
      status: 400,
      body: { code: 'request.invalid', errors: [{ path: 'offset' }] },
    });
    expect((await service.download('appended')).toString()).toBe('one, two');
  });

  it('reach into a large object by a form and by the body itself', async () => {
    const before = bytesOf(20 * MIB);
    await service.upload('large', before);
    await service.send('PATCH', `/s3/patch?key=large&offset=${9 * MIB}`, 'form');
    const headers = { 'content-type': 'application/octet-stream' };
    await call('PATCH', `/s3/patch?key=large&offset=${15 * MIB}&retries=2`, { body: 'bytes', headers });
    const after = spliced(spliced(before, 9 * MIB, Buffer.from('form')), 15 * MIB, Buffer.from('bytes'));
    expect(sha256(await service.download('large'))).toBe(sha256(after));
  });

  it('lose nothing when many patch at once and try again', async () => {
    await service.upload('busy', '.'.repeat(40));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        service.send('PATCH', `/s3/patch?key=busy&offset=${n * 5}&retries=20`, `[${n}]`),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect((await service.download('busy')).toString()).toBe('[0]..[1]..[2]..[3]..[4]..[5]..[6]..[7]..');
  });
});

describe('keys', () => {
  it.each([
    ['', 'is empty'],
    ['a/../b', '".."'],
    ['./a', '"."'],
    ['..', '".."'],
    ['k'.repeat(1025), '1025 bytes'],
    ['ä'.repeat(513), '1026 bytes'],
    ['a\0b', 'NUL'],
  ])('that name no object are refused everywhere: %j', async (key, why) => {
    const of = `key=${encodeURIComponent(key)}`;
    const refusals = [
      await get(`/s3/object-info?${of}`),
      await get(`/s3/download?${of}`),
      await service.send('POST', `/s3/upload?${of}`, 'x'),
      await service.send('PUT', `/s3/update?${of}`, 'x'),
      await service.send('PATCH', `/s3/patch?offset=0&${of}`, 'x'),
      await call('DELETE', `/s3/delete?${of}`),
      await call('POST', '/s3/presign', {
        body: JSON.stringify({ key }),
        headers: { 'content-type': 'application/json' },
      }),
    ];
    for (const refusal of refusals) expect(refusal).toMatchObject({ status: 422, body: { code: 'key.invalid' } });
    expect(refusals[0]!.body['detail']).toContain(why);
  });

  it.each(['größe/данные 😀', 'a+b&c=d%20e?f#g', '/lead//double/', '%2e%2e/x', 'soap'])(
    'with any other character are one object: %s',
    async (key) => {
      const of = `key=${encodeURIComponent(key)}`;
      expect(await service.upload(key, key)).toMatchObject({ status: 200, body: { key } });
      expect((await service.download(key)).toString()).toBe(key);
      expect((await get(`/s3/objects?prefix=${encodeURIComponent(key)}`)).body).toMatchObject({
        objects: [{ Key: key }],
      });
      expect(await call('DELETE', `/s3/delete?${of}`)).toMatchObject({ status: 200 });
    },
  );
});

describe('listing', () => {
  it('goes on by its cursor, and tells prefixes', async () => {
    for (const name of ['a', 'b/1', 'b/2', 'c']) await service.upload(`tree/${name}`, name);
    const first = await get('/s3/objects?prefix=tree/&delimiter=/&limit=2');
    expect(first.body).toMatchObject({ prefixes: ['tree/b/'], count: 1, next: expect.any(String) });
    const second = await get(`/s3/objects?prefix=tree/&delimiter=/&limit=2&cursor=${first.body['next'] as string}`);
    expect(second.body).toMatchObject({ objects: [{ Key: 'tree/c' }], prefixes: [] });
    expect(second.body).not.toHaveProperty('next');
    expect(await get('/s3/objects?cursor=!')).toMatchObject({ status: 400, body: { code: 'cursor.invalid' } });
    expect(await get('/s3/objects?limit=1001')).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
  });
});

describe('presigned URLs', () => {
  const presign = (body: object) =>
    call('POST', '/s3/presign', { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

  it('upload and download at the store itself', async () => {
    const put = await presign({ key: 'by url', method: 'PUT', expires_in: 60 });
    expect(put).toMatchObject({ status: 200, body: { key: 'by url', method: 'PUT', expires_at: expect.any(String) } });
    expect((await fetch(put.body['url'] as string, { method: 'PUT', body: 'content' })).status).toBe(200);
    const { body } = await presign({ key: 'by url' });
    expect(await (await fetch(body['url'] as string)).text()).toBe('content');
    const other = (body['url'] as string).replace('by%20url', 'ranges');
    expect((await fetch(other)).status).toBe(403);
  });

  it('are to download, for the usual time, where method and time are null', async () => {
    const { status, body } = await presign({ key: 'by url', method: null, expires_in: null });
    expect({ status, method: body['method'] }).toEqual({ status: 200, method: 'GET' });
    expect((await fetch(body['url'] as string)).status).toBe(200);
  });

  it('hold for a second to a week', async () => {
    for (const expires_in of [0, 604_801, 'soon']) {
      expect(await presign({ key: 'k', expires_in })).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    }
  });
});

describe('rights', () => {
  it('are read to look, load to bring in, write to change', async () => {
    const keys = { reader: 'read', loader: 'load', writer: 'write' };
    const file = Object.entries(keys).map(
      ([name, scope]) =>
        `- name: ${name}\n  sha256: ${createHash('sha256').update(name).digest('hex')}\n  scopes: [${scope}]\n`,
    );
    await writeFile(join(service.folder, 'keys.yaml'), file.join(''));
    const guarded = await ObjectService.start({ API_KEYS_FILE: join(service.folder, 'keys.yaml') });
    try {
      const as = (name: string) => ({ 'x-api-key': name });
      const form = (method: string, path: string, name: string) => guarded.send(method, path, 'x', as(name));
      expect(await form('POST', '/s3/upload?key=k', 'reader')).toMatchObject({
        status: 403,
        body: { code: 'scope.missing' },
      });
      expect(await form('POST', '/s3/upload?key=k', 'loader')).toMatchObject({ status: 200 });
      expect(await form('POST', '/s3/upload?key=k&overwrite=true', 'loader')).toMatchObject({ status: 403 });
      expect(await form('POST', '/s3/upload?key=k', 'nobody')).toMatchObject({ status: 401 });
      expect(await form('PUT', '/s3/update?key=k', 'loader')).toMatchObject({ status: 403 });
      expect(await form('PUT', '/s3/update?key=k', 'writer')).toMatchObject({ status: 200 });
      const read = await guarded.call('GET', '/s3/download?key=k', { headers: as('reader') });
      expect([read.status, read.bytes.toString()]).toEqual([200, 'x']);
      expect(await guarded.call('GET', '/s3/objects', { headers: as('loader') })).toMatchObject({ status: 403 });
    } finally {
      await guarded.stop();
    }
  });
});
