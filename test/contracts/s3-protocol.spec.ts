import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, plainChunks, rawS3, type RawRequest, signedChunks, type SignedSeed } from '../support/s3-raw.js';
import { type OwnS3, openOwnS3 } from '../support/s3-engines.js';

const HASH_OF_OTHER = createHash('sha256').update('other').digest('hex');

describe('The S3 endpoint, asked by hand', { timeout: 60_000 }, () => {
  let s3: OwnS3;
  const defects: unknown[] = [];
  beforeAll(async () => {
    s3 = await openOwnS3({ onDefect: (error) => defects.push(error) });
    await ask({ method: 'PUT', path: '/penstock/there', body: 'content' });
  });
  afterAll(async () => {
    await s3?.close();
  });

  const ask = (request: RawRequest) => rawS3(s3.url, request);
  const stored = async (path: string): Promise<string> => (await ask({ path })).text;
  const absent = async (path: string): Promise<void> => expect((await ask({ path })).code).toBe('NoSuchKey');

  describe('signatures', () => {
    const code = async (request: RawRequest): Promise<unknown> => (await ask(request)).code;

    it('have to be there, whole, and of keys it knows', async () => {
      expect((await exchange(s3.url, { method: 'GET', path: '/penstock/there', headers: {} })).code).toBe(
        'AccessDenied',
      );
      const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=x', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
      expect((await exchange(s3.url, { method: 'GET', path: '/', headers })).code).toBe('AuthorizationHeaderMalformed');
      expect(await code({ path: '/', accessKeyId: 'stranger' })).toBe('InvalidAccessKeyId');
      expect(await code({ path: '/', secretAccessKey: 'wrong' })).toBe('SignatureDoesNotMatch');
      expect(await code({ path: '/', headers: { 'x-amz-security-token': 'temporary' } })).toBe('InvalidToken');
    });

    it('are for S3 in us-east-1 alone', async () => {
      expect(await code({ path: '/', region: 'eu-west-1' })).toBe('AuthorizationHeaderMalformed');
      expect(await code({ path: '/', service: 'kinesis' })).toBe('AuthorizationHeaderMalformed');
    });

    it('are good for a quarter of an hour', async () => {
      const at = (minutes: number) => code({ path: '/', date: new Date(Date.now() + minutes * 60_000) });
      expect([await at(-14), await at(14)]).toEqual([undefined, undefined]);
      expect([await at(-16), await at(16)]).toEqual(['RequestTimeTooSkewed', 'RequestTimeTooSkewed']);
    });

    it('cover every header that matters', async () => {
      const unsigned = { 'x-amz-meta-added': 'later' };
      expect(await code({ method: 'PUT', path: '/penstock/unsigned', body: 'x', unsigned })).toBe('AccessDenied');
      await absent('/penstock/unsigned');
    });

    it('cover the content, which is not kept when it was changed', async () => {
      const put = { method: 'PUT', path: '/penstock/changed', body: 'content', payload: HASH_OF_OTHER };
      expect(await code(put)).toBe('XAmzContentSHA256Mismatch');
      await absent('/penstock/changed');
    });

    it('leave the content out where the client says so', async () => {
      const open = { method: 'PUT', path: '/penstock/open', body: 'content', payload: 'UNSIGNED-PAYLOAD' };
      expect((await ask(open)).status).toBe(200);
      expect(await code({ path: '/', payload: 'NONSENSE' })).toBe('InvalidArgument');
    });
  });

  describe('content in chunks', () => {
    const chunks = [randomBytes(70_000), randomBytes(8192), randomBytes(11)];
    const content = Buffer.concat(chunks);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(content));
    const trailer = { 'x-amz-checksum-crc32': sum.toString('base64') };
    const upload = (
      path: string,
      payload: string,
      chunked: RawRequest['chunked'],
      more: Record<string, string> = {},
    ) => {
      const headers = {
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': String(content.length),
        ...more,
      };
      return ask({ method: 'PUT', path: `/penstock/${path}`, headers, payload, ...(chunked ? { chunked } : {}) });
    };
    const announced = { 'x-amz-trailer': 'x-amz-checksum-crc32' };
    const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
    const SIGNED_TRAILER = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
    const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

    it('may be signed, chunk by chunk', async () => {
      expect((await upload('signed', SIGNED, (seed) => signedChunks(seed, chunks))).status).toBe(200);
      expect((await ask({ path: '/penstock/signed' })).body.equals(content)).toBe(true);
    });

    it('may be signed with the fields that follow', async () => {
      const done = await upload(
        'signed-trailer',
        SIGNED_TRAILER,
        (seed) => signedChunks(seed, chunks, trailer),
        announced,
      );
      expect(done).toMatchObject({ status: 200, headers: trailer });
      expect((await ask({ path: '/penstock/signed-trailer' })).body.equals(content)).toBe(true);
    });

    it('may be left unsigned', async () => {
      const done = await upload('plain', UNSIGNED_TRAILER, () => plainChunks(chunks, trailer), announced);
      expect(done).toMatchObject({ status: 200, headers: trailer });
      expect((await ask({ path: '/penstock/plain' })).body.equals(content)).toBe(true);
    });

    it.each<[string, string, string, (seed: SignedSeed) => Buffer]>([
      ['a byte was changed', 'SignatureDoesNotMatch', SIGNED, (seed) => changed(signedChunks(seed, chunks), 40_000)],
      [
        'a chunk was moved',
        'SignatureDoesNotMatch',
        SIGNED,
        (seed) => {
          const [first, second, last] = chunks as [Buffer, Buffer, Buffer];
          return moved(signedChunks(seed, [first, second, last]), 70_000);
        },
      ],
      [
        'a trailer was changed',
        'SignatureDoesNotMatch',
        SIGNED_TRAILER,
        (seed) =>
          Buffer.from(
            signedChunks(seed, chunks, trailer).toString('latin1').replace(trailer['x-amz-checksum-crc32'], 'AAAAAA=='),
            'latin1',
          ),
      ],
      [
        'the checksum is of something else',
        'BadDigest',
        UNSIGNED_TRAILER,
        () => plainChunks(chunks, { 'x-amz-checksum-crc32': 'AAAAAA==' }),
      ],
      ['the announced field is missing', 'MalformedTrailerError', UNSIGNED_TRAILER, () => plainChunks(chunks, {})],
      [
        'the end is missing',
        'IncompleteBody',
        UNSIGNED_TRAILER,
        () => plainChunks(chunks, trailer).subarray(0, 50_000),
      ],
      [
        'there is more than was announced',
        'IncompleteBody',
        UNSIGNED_TRAILER,
        () => plainChunks([...chunks.slice(0, 2), randomBytes(9000), randomBytes(10)], trailer),
      ],
      [
        'there is less than was announced',
        'IncompleteBody',
        UNSIGNED_TRAILER,
        () => plainChunks(chunks.slice(0, 2), trailer),
      ],
      [
        'a chunk but the last is tiny',
        'InvalidChunkSizeError',
        UNSIGNED_TRAILER,
        () => plainChunks([chunks[2]!, chunks[0]!, chunks[1]!], trailer),
      ],
      ['it is not chunks at all', 'InvalidRequest', UNSIGNED_TRAILER, () => content],
    ])('is not kept when %s', async (_, code, payload, chunked) => {
      expect((await upload('refused', payload, chunked, payload === SIGNED ? {} : announced)).code).toBe(code);
      await absent('/penstock/refused');
    });
  });

  describe('what is asked', () => {
    it('may name keys that no client library would leave alone', async () => {
      const paths = [
        '/penstock/../../x',
        '/penstock/./a//b/',
        '/penstock//',
        '/penstock/a%2F..%2Fb',
        '/penstock/%00%01%7F',
      ];
      for (const path of paths) expect((await ask({ method: 'PUT', path, body: path })).status, path).toBe(200);
      for (const path of paths) expect(await stored(path)).toBe(path);
      expect((await ask({ path: '/penstock/%FF' })).code).toBe('InvalidURI');
    });

    it.each([
      ['GET', '/penstock?acl='],
      ['PUT', '/penstock?versioning='],
      ['GET', '/penstock?versions='],
      ['GET', '/penstock?policy='],
      ['PUT', '/penstock?lifecycle='],
      ['GET', '/penstock?tagging='],
      ['PUT', '/penstock/there?acl='],
      ['POST', '/penstock/there?restore='],
      ['POST', '/penstock/there?select='],
      ['PUT', '/penstock/there?retention='],
      ['POST', '/penstock'],
    ])('is refused where it is not implemented: %s %s', async (method, path) => {
      expect(await ask({ method, path })).toMatchObject({ status: 501, code: 'NotImplemented' });
    });

    it.each([
      ['x-amz-server-side-encryption', 'AES256', 'NotImplemented'],
      ['x-amz-server-side-encryption-customer-algorithm', 'AES256', 'NotImplemented'],
      ['x-amz-storage-class', 'GLACIER', 'NotImplemented'],
      ['x-amz-object-lock-mode', 'GOVERNANCE', 'NotImplemented'],
      ['x-amz-website-redirect-location', '/', 'NotImplemented'],
      ['x-amz-grant-read', 'id=1', 'NotImplemented'],
      ['x-amz-write-offset-bytes', '5', 'NotImplemented'],
      ['x-amz-checksum-sha512', 'x', 'NotImplemented'],
      ['if-none-match', '"etag"', 'NotImplemented'],
      ['x-amz-acl', 'public-read', 'AccessControlListNotSupported'],
      ['x-amz-expected-bucket-owner', '123456789012', 'AccessDenied'],
    ])('is never quietly left out: %s', async (name, value, code) => {
      const put = { method: 'PUT', path: '/penstock/quietly', body: 'x', headers: { [name]: value } };
      expect((await ask(put)).code).toBe(code);
      await absent('/penstock/quietly');
    });

    it('is refused in XML, with what a client needs to find it again', async () => {
      const { status, text, headers } = await ask({ path: '/penstock/not%20there' });
      expect(status).toBe(404);
      expect(headers['content-type']).toBe('application/xml');
      expect(text).toContain('<Key>not there</Key><Resource>/penstock/not%20there</Resource>');
      expect(text).toContain(`<RequestId>${headers['x-amz-request-id'] as string}</RequestId>`);
      expect((await ask({ method: 'HEAD', path: '/penstock/not%20there' })).text).toBe('');
    });

    it('must be well-formed XML, and hold no definitions of its own', async () => {
      const complete = async (body: string): Promise<unknown> =>
        (await ask({ method: 'PUT', path: '/penstock/there?tagging=', body })).code;
      expect(await complete('<Tagging><TagSet></Tagging>')).toBe('MalformedXML');
      expect(await complete('not xml')).toBe('MalformedXML');
      expect(await complete('<!DOCTYPE x [<!ENTITY e "v">]><Tagging><TagSet/></Tagging>')).toBe('MalformedXML');
      expect(await complete('<Tagging><TagSet><Tag><Key>k</Key><Value>&e;</Value></Tag></TagSet></Tagging>')).toBe(
        'MalformedXML',
      );
      expect(await complete(`<Tagging>${'<a>'.repeat(1000)}`)).toBe('MalformedXML');
      expect(
        await complete('<?xml version="1.0"?><Tagging xmlns="x"><!-- none --><TagSet/></Tagging>'),
      ).toBeUndefined();
    });

    it('is no object when it is a part of no upload', async () => {
      const part = { method: 'PUT', path: '/penstock/partial?partNumber=1', body: 'x' };
      expect((await ask(part)).code).toBe('InvalidRequest');
      await absent('/penstock/partial');
    });

    it('must say how long its content is', async () => {
      const put = {
        method: 'PUT',
        path: '/penstock/long',
        payload: 'UNSIGNED-PAYLOAD',
        unsigned: { 'transfer-encoding': 'chunked' },
      };
      expect((await ask(put)).code).toBe('MissingContentLength');
      const huge = { ...put, unsigned: { 'content-length': String(5 * 1024 ** 3 + 1), expect: '100-continue' } };
      expect((await ask(huge)).code).toBe('EntityTooLarge');
    });

    it('needs a digest to delete many', async () => {
      const body = '<Delete><Object><Key>k</Key></Object></Delete>';
      const request = { method: 'POST', path: '/penstock?delete=', body };
      expect((await ask(request)).code).toBe('InvalidRequest');
      const digest = { 'content-md5': createHash('md5').update(body).digest('base64') };
      expect((await ask({ ...request, headers: digest })).status).toBe(200);
    });
  });

  it('asks for content only where it can be used', async () => {
    const wanted = { method: 'PUT', path: '/penstock/there', body: 'x', unsigned: { expect: '100-continue' } };
    const refused = await ask({ ...wanted, headers: { 'if-none-match': '*' } });
    expect(refused).toMatchObject({ status: 412, headers: { connection: 'close' } });
    expect((await ask({ ...wanted, path: '/penstock/continued' })).status).toBe(200);
    expect(await stored('/penstock/continued')).toBe('x');
  });

  it('lets a client finish sending what is refused', async () => {
    const body = randomBytes(20 * 1024 ** 2);
    const refused = await ask({ method: 'PUT', path: '/penstock/there', body, headers: { 'if-none-match': '*' } });
    expect(refused.code).toBe('PreconditionFailed');
  });

  it('keeps nothing of what a client broke off', async () => {
    const { hostname, port } = new URL(s3.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const { headers } = await signedHeaders(s3.url);
    socket.write(`PUT /penstock/broken HTTP/1.1\r\n${headers}content-length: 1000000\r\n\r\n`);
    socket.write(randomBytes(500_000));
    await new Promise((done) => setTimeout(done, 100));
    socket.destroy();
    await once(socket, 'close');
    await absent('/penstock/broken');
  });

  it('was at fault in none of this', () => {
    expect(defects).toEqual([]);
  });
});

function changed(body: Buffer, at: number): Buffer {
  body[at]! ^= 1;
  return body;
}

/** The second chunk of a body in front of its first. */
function moved(body: Buffer, firstBytes: number): Buffer {
  const firstEnd = body.indexOf('\r\n') + 2 + firstBytes + 2;
  const secondEnd = body.indexOf('\r\n', firstEnd) + 2 + 8192 + 2;
  return Buffer.concat([body.subarray(firstEnd, secondEnd), body.subarray(0, firstEnd), body.subarray(secondEnd)]);
}

/** The lines of a request for /penstock/broken with content that is not signed. */
async function signedHeaders(url: string): Promise<{ headers: string }> {
  let lines = '';
  await rawS3(url, {
    method: 'PUT',
    path: '/penstock/broken',
    payload: 'UNSIGNED-PAYLOAD',
    seen: (headers) => {
      lines = Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('');
    },
  });
  await rawS3(url, { method: 'DELETE', path: '/penstock/broken' });
  return { headers: lines };
}
