import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, type MockInstance, vi } from 'vitest';
import { FileStore } from '../../src/infrastructure/embedded/s3/file-store.js';
import { FileWriter } from '../../src/infrastructure/embedded/s3/file-writer.js';
import { type OwnS3, openOwnS3 } from '../support/s3-engines.js';
import { plainChunks, rawS3, sign, signedChunks, type SignedSeed } from '../support/s3-raw.js';

const MIB = 1024 ** 2;
const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

let s3: OwnS3;
const defects: unknown[] = [];
beforeAll(async () => {
  s3 = await openOwnS3({ onDefect: (error) => defects.push(error) });
});
afterAll(async () => {
  await s3?.close();
});

interface Sent {
  readonly payload: string;
  readonly announced: number;
  readonly body: (seed: SignedSeed) => Buffer;
}

const opened: Socket[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
});

/** What a client is answered that reads nothing before it has sent all; of `missing` bytes it only says that they come. */
async function told({ payload, announced, body }: Sent, missing = 0): Promise<string> {
  const { hostname, port, host } = new URL(s3.url);
  const wanted = { 'x-amz-decoded-content-length': String(announced), 'content-encoding': 'aws-chunked' };
  const { headers, seed } = sign(host, { method: 'PUT', path: '/penstock/refused', payload, headers: wanted });
  const bytes = body(seed);
  const lines = Object.entries({ ...headers, 'content-length': bytes.length + missing }).map((pair) => pair.join(': '));
  const socket = connect(Number(port), hostname);
  opened.push(socket);
  socket.write(`PUT /penstock/refused HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  await new Promise((sent) => socket.write(bytes, sent));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer.toString();
}

describe.each([1, 16])('Content of %d MiB that is refused in the middle', { timeout: 30_000 }, (size) => {
  const content = randomBytes(size * MIB);

  it.each<[string, string, Sent]>([
    [
      'there is more than was announced',
      'IncompleteBody',
      { payload: UNSIGNED_TRAILER, announced: 10, body: () => plainChunks([content], {}) },
    ],
    [
      'its first chunk has no size',
      'InvalidRequest',
      { payload: UNSIGNED_TRAILER, announced: content.length, body: () => content },
    ],
    [
      'a chunk is not what was signed',
      'SignatureDoesNotMatch',
      {
        payload: SIGNED,
        announced: content.length,
        body: (seed) => {
          const body = signedChunks(seed, [content.subarray(0, 65_536), content.subarray(65_536)]);
          body[1000]! ^= 1;
          return body;
        },
      },
    ],
  ])('is answered when %s', async (_, code, sent) => {
    expect(await told(sent)).toMatch(new RegExp(`^HTTP/1.1 40[03] [^]*<Code>${code}</Code>`));
    expect((await rawS3(s3.url, { path: '/penstock/refused' })).code).toBe('NoSuchKey');
  });
});

describe('A client that has sent a part of what it announced', { timeout: 30_000 }, () => {
  const wrong = { payload: UNSIGNED_TRAILER, announced: 10, body: () => plainChunks([randomBytes(MIB)], {}) };

  it('is told at once what is wrong with it, and the connection ends soon', async () => {
    const begun = Date.now();
    const answer = await told(wrong, 15 * MIB);
    expect(answer).toMatch(/^HTTP\/1.1 400 [^]*connection: close[^]*<Code>IncompleteBody<\/Code>/i);
    expect(Date.now() - begun).toBeLessThan(2000);
    await once(opened[0]!, 'end');
    expect(Date.now() - begun).toBeLessThan(15_000);
  });
});

describe('A full disk', () => {
  let full: MockInstance<FileStore['create']>;
  beforeAll(() => {
    // A device that is always full in place of a file: writing fails as it does on a disk, and nobody needs to fill one.
    full = vi.spyOn(FileStore.prototype, 'create').mockImplementation(async () => {
      const place = { entered: Promise.resolve(), discard: () => Promise.resolve() };
      return new FileWriter('full', await open('/dev/full', 'w'), place);
    });
  });
  afterAll(() => {
    full.mockRestore();
  });

  it.each([1, 25])('is told to whoever sends %d MiB', async (size) => {
    const body = randomBytes(size * MIB);
    const refused = await rawS3(s3.url, { method: 'PUT', path: '/penstock/full', body });
    expect(refused).toMatchObject({ status: 507, code: 'InsufficientStorage' });
    expect(defects.splice(0)).toMatchObject([{ code: 'ENOSPC' }]);
  });
});
