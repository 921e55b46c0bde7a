import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { constants, crc32, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { crc32Combine } from '../../../../src/infrastructure/amplitude/crc32-combine.js';
import { GzipWalker } from '../../../../src/infrastructure/amplitude/gzip-walker.js';
import { joinedMember, LAST_BLOCK } from '../../../../src/infrastructure/amplitude/joined-deflate.js';

const folder = mkdtempSync(join(tmpdir(), 'penstock-join-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Content of every kind: text that repeats, noise, nothing. */
const content = fc.oneof(
  fc.string({ maxLength: 2000 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 1000 }))
    .map(([text, times]) => Buffer.from(text.repeat(times))),
);
const { Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_DEFAULT_STRATEGY, Z_FILTERED } = constants;
const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.constantFrom(Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_DEFAULT_STRATEGY, Z_FILTERED),
});
const member = fc.tuple(content, options).map(([bytes, given]) => gzipSync(bytes, given));

function walk(file: Buffer, pieceBytes: number): GzipWalker {
  const walker = new GzipWalker();
  for (let at = 0; at < file.length; at += pieceBytes) walker.feed(file.subarray(at, at + pieceBytes));
  walker.finish();
  return walker;
}

describe('gzip files', () => {
  it('are walked whole, in whatever pieces they come, and joined into one stream that says what they said', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(member, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(3, 61, 700, 9000),
        async (files, piece) => {
          const file = Buffer.concat(files);
          const walker = walk(file, piece);
          expect(walker.isLost).toBe(false);
          expect(walker.members.map(({ crc }) => crc)).toEqual(files.map((each) => crc32(gunzipSync(each))));
          const path = join(folder, 'events.gz');
          writeFileSync(path, file);
          const joined: Buffer[] = [];
          for (const each of walker.members) joined.push(await buffer(joinedMember(path, each)));
          expect(inflateRawSync(Buffer.concat([...joined, LAST_BLOCK]))).toEqual(gunzipSync(file));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('with a file name, a comment, extra fields and padding behind are walked as well', () => {
    const plain = gzipSync('{"a":1}\n');
    const header = Buffer.from([0x1f, 0x8b, 8, 4 + 8 + 16 + 2, 0, 0, 0, 0, 0, 3]);
    const extra = Buffer.from([3, 0, 1, 2, 3]);
    const names = Buffer.from('events.json\0a comment\0');
    const file = Buffer.concat([
      header,
      extra,
      names,
      Buffer.from([0xab, 0xcd]),
      plain.subarray(10),
      Buffer.alloc(512),
    ]);
    for (const piece of [1, 3, 1000]) {
      const { isLost, members } = walk(file, piece);
      expect([isLost, members.length, members[0]?.start]).toEqual([false, 1, 10 + 5 + 22 + 2]);
    }
  });

  it('that are cut off, or no gzip at all, are not taken for walked', () => {
    const file = gzipSync('{"a":1}\n'.repeat(1000));
    for (let length = 1; length < file.length; length += 1) expect(walk(file.subarray(0, length), 7).isLost).toBe(true);
    expect(walk(Buffer.from('PK no gzip'), 4).isLost).toBe(true);
  });

  it('that were damaged never bring the walker down', () => {
    fc.assert(
      fc.property(member, fc.nat(), fc.integer({ min: 1, max: 255 }), (file, at, bits) => {
        const damaged = Buffer.from(file);
        damaged[at % file.length]! ^= bits;
        expect(() => walk(damaged, 64)).not.toThrow();
      }),
      { numRuns: 150 },
    );
  });
});

it('CRCs of two pieces make the CRC of both', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
      expect(crc32Combine(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
    }),
  );
  const zeros = Buffer.alloc(5_000_000);
  expect(crc32Combine(crc32('x'), crc32(zeros), zeros.length)).toBe(crc32(zeros, crc32('x')));
});
