import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, gzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CONTENT_AT_ONCE_BYTES, gunzipAtOnce, release } from '../../../../src/infrastructure/amplitude/at-once.js';
import { GzipWalker } from '../../../../src/infrastructure/amplitude/gzip-walker.js';
import type { PartRecord } from '../../../../src/infrastructure/amplitude/hour-record.js';
import { LAST_BLOCK } from '../../../../src/infrastructure/amplitude/joined-deflate.js';
import { keptLines } from '../../../../src/infrastructure/amplitude/kept-lines.js';
import { keptContent, type PartLines, partSegment } from '../../../../src/infrastructure/amplitude/part-segment.js';

const folder = mkdtempSync(join(tmpdir(), 'penstock-segment-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'events.gz');

const PREFIX = Buffer.from('the part before');

/** A part behind another one in its file, of one gzip member for each content. */
function written(contents: readonly Buffer[], change: Partial<PartRecord> = {}): PartRecord {
  const packed = Buffer.concat(contents.map((content) => gzipSync(content)));
  const walker = new GzipWalker();
  walker.feed(packed);
  walker.finish();
  writeFileSync(path, Buffer.concat([PREFIX, packed]));
  const content = Buffer.concat(contents);
  const [base, all] = [PREFIX.length, content.toString('latin1')];
  const members = walker.members.map((each) => ({
    ...each,
    start: each.start + base,
    lastBlockBit: each.lastBlockBit + base * 8,
    endBit: each.endBit + base * 8,
  }));
  return {
    start: base,
    end: base + packed.length,
    packedCrc: crc32(packed),
    bytes: content.length,
    lines: all.split('\n').length - (all === '' || all.endsWith('\n') ? 1 : 0),
    endsWithNewline: all === '' || all.endsWith('\n'),
    members,
    ...change,
  };
}

const text = fc.array(fc.string({ maxLength: 12 }), { maxLength: 30 }).map((lines) => Buffer.from(lines.join('\n')));
const dropped = fc.array(fc.nat(40), { maxLength: 6 }).map((lines) => {
  const bits = new Uint8Array(8);
  for (const line of lines) bits[line >>> 3]! |= 1 << (line & 7);
  return bits;
});

async function expected(lines: PartLines): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of keptLines(path, lines.part, lines)) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('the segment of a part', () => {
  it('says its lines without the dropped ones, joined or compressed again, as reading it in pieces does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 3 }),
        fc.option(dropped, { nil: undefined }),
        fc.nat(5),
        fc.boolean(),
        async (contents, bits, firstLine, canJoin) => {
          const part = written(contents, canJoin ? {} : { members: [] });
          const lines = { path, part, firstLine, bits };
          const wanted = await expected(lines);
          const { packed, content, crc } = await partSegment(lines);
          expect(content.toString()).toBe(wanted.toString());
          expect(crc).toBe(crc32(wanted));
          const twice = inflateRawSync(Buffer.concat([packed, packed, LAST_BLOCK]));
          expect(twice.toString()).toBe(`${wanted.toString()}${wanted.toString()}`);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is refused when its last block would still end the stream, though its content is right', async () => {
    const part = written([Buffer.from('{"a":1}\n'.repeat(50))]);
    const [member] = part.members;
    // A bit of the header of gzip, outside of the stream: nothing is cleared.
    const members = [{ ...member!, lastBlockBit: PREFIX.length * 8 }];
    const lines = { path, part: { ...part, members }, firstLine: 0, bits: undefined };
    await expect(partSegment(lines)).rejects.toThrow('ends too early');
  });

  it('is refused when the file is shorter, or its content another one', async () => {
    const part = written([Buffer.from('{"a":1}\n'.repeat(50))]);
    const lines = { path, part, firstLine: 0, bits: undefined };
    await expect(partSegment({ ...lines, part: { ...part, end: part.end + 1 } })).rejects.toThrow(RangeError);
    const members = [{ ...part.members[0]!, crc: 1 }];
    await expect(partSegment({ ...lines, part: { ...part, members } })).rejects.toThrow(RangeError);
    const bits = new Uint8Array([1]);
    await expect(partSegment({ ...lines, part: { ...part, bytes: part.bytes + 1 }, bits })).rejects.toThrow(RangeError);
  });
});

it('lines that are kept end with a newline, whichever are dropped', () => {
  const kept = (content: string, bits: number): string =>
    keptContent(Buffer.from(content), { firstLine: 0, bits: Uint8Array.of(bits) }).toString();
  expect(kept('a\nb\nc', 0)).toBe('a\nb\nc\n');
  expect(kept('a\nb\nc', 0b100)).toBe('a\nb\n');
  expect(kept('a\nb\nc', 0b011)).toBe('c\n');
  expect(kept('a\n\nc\n', 0b010)).toBe('a\nc\n');
  expect(kept('a', 1)).toBe('');
  expect(kept('', 0)).toBe('');
});

describe('what is decompressed at once', () => {
  it('is of all members, whatever the last one says of its length, and nothing that is too large', async () => {
    const members = Buffer.concat([gzipSync('x'.repeat(300_000)), gzipSync('y')]);
    expect((await gunzipAtOnce(members))?.toString()).toBe(`${'x'.repeat(300_000)}y`);
    expect(await gunzipAtOnce(gzipSync(Buffer.alloc(CONTENT_AT_ONCE_BYTES + 1)))).toBeUndefined();
    await expect(gunzipAtOnce(members.subarray(0, -3))).rejects.toMatchObject({ code: expect.stringMatching('^Z_') });
  });

  it('is empty when its memory was given back; what shares its memory with others is left alone', () => {
    const [large, small] = [Buffer.alloc(100_000, 1), Buffer.from('small')];
    release(large);
    release(small);
    expect([large.length, small.toString()]).toEqual([0, 'small']);
  });
});
