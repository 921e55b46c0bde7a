import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CONTENT_AT_ONCE_BYTES, gunzipAtOnce, release } from '../../../../src/infrastructure/amplitude/at-once.js';
import { GzipWalker } from '../../../../src/infrastructure/amplitude/gzip-walker.js';
import type { PartRecord } from '../../../../src/infrastructure/amplitude/run-record.js';
import { LAST_BLOCK } from '../../../../src/infrastructure/amplitude/joined-deflate.js';
import { keptContent, keptLines, type PartLines } from '../../../../src/infrastructure/amplitude/kept-lines.js';
import { segmentOf, segmentsOf, segmentsOfLarge } from '../../../../src/infrastructure/amplitude/part-segment.js';

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
  const part = {
    start: 0,
    end: packed.length,
    packedCrc: crc32(packed),
    bytes: content.length,
    lines: all.split('\n').length - (all === '' || all.endsWith('\n') ? 1 : 0),
    endsWithNewline: all === '' || all.endsWith('\n'),
    members: walker.members,
  };
  return { ...moved(part, base), ...change };
}

/** The same part elsewhere in its file. */
function moved(part: PartRecord, by: number): PartRecord {
  const members = part.members.map((each) => ({
    ...each,
    start: each.start + by,
    lastBlockBit: each.lastBlockBit + by * 8,
    endBit: each.endBit + by * 8,
  }));
  return { ...part, start: part.start + by, end: part.end + by, members };
}

const text = fc.array(fc.string({ maxLength: 12 }), { maxLength: 30 }).map((lines) => Buffer.from(lines.join('\n')));
const dropped = fc.array(fc.nat(40), { maxLength: 6 }).map((lines) => {
  const bits = new Uint8Array(8);
  for (const line of lines) bits[line >>> 3]! |= 1 << (line & 7);
  return bits;
});

function expected({ part, firstLine, bits }: PartLines): string {
  const content = gunzipSync(readFileSync(path).subarray(part.start)).toString();
  const all = content.split('\n');
  if (all.at(-1) === '') all.pop();
  const isKept = (_: string, index: number): boolean => {
    const line = firstLine + index;
    return ((bits?.[line >>> 3] ?? 0) & (1 << (line & 7))) === 0;
  };
  return all
    .filter(isKept)
    .map((line) => `${line}\n`)
    .join('');
}

async function collected<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

describe('the segment of a part', () => {
  it('says its lines without the dropped ones, joined or compressed again, as many lines of it together as may be', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 3 }),
        fc.option(dropped, { nil: undefined }),
        fc.nat(5),
        fc.boolean(),
        fc.integer({ min: 1, max: 60 }),
        async (contents, bits, firstLine, canJoin, batchBytes) => {
          const part = written(contents, canJoin ? {} : { members: [] });
          const lines = { path, part, firstLine, bits };
          const wanted = expected(lines);
          const { packed, content, crc } = await segmentOf([lines]);
          expect(content.toString()).toBe(wanted);
          expect(crc).toBe(crc32(wanted));
          const twice = inflateRawSync(Buffer.concat([packed, packed, LAST_BLOCK]));
          expect(twice.toString()).toBe(`${wanted}${wanted}`);
          expect((await collected(keptLines(lines, batchBytes))).join('')).toBe(wanted);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is one of several parts that lie behind one another, as long as they are small and none of their lines is dropped', async () => {
    const pack = async (contents: readonly string[], bits?: Uint8Array) => {
      const packed = contents.map((content) => gzipSync(content));
      let [firstLine, start] = [0, 0];
      const parts = contents.map((content, index): PartLines => {
        const part = moved(written([Buffer.from(content)]), start - PREFIX.length);
        const lines = { path, part, firstLine, bits };
        firstLine += part.lines;
        start += packed[index]!.length;
        return lines;
      });
      writeFileSync(path, Buffer.concat(packed));
      const segments = await Promise.all([...segmentsOf(parts)].map(segmentOf));
      return segments.map(({ content }) => content.toString());
    };
    expect(await pack(['a\nb', 'c\n', 'd'])).toEqual(['a\nb\nc\nd\n']);
    expect(await pack(['a\nb', 'c\n', 'd', 'e'], Uint8Array.of(0b100))).toEqual(['a\nb\n', '', 'd\ne\n']);
    const large = `${'x'.repeat(1_500_000)}\n`;
    expect(await pack(['a', large, large, 'b'])).toEqual([`a\n${large}`, `${large}b\n`]);
  });

  it('is refused when its last block would still end the stream, though its content is right', async () => {
    const part = written([Buffer.from('{"a":1}\n'.repeat(50))]);
    const [member] = part.members;
    // A bit of the header of gzip, outside of the stream: nothing is cleared.
    const members = [{ ...member!, lastBlockBit: PREFIX.length * 8 }];
    const lines = { path, part: { ...part, members }, firstLine: 0, bits: undefined };
    await expect(segmentOf([lines])).rejects.toThrow('incorrect data check');
  });

  it('is refused when the file is shorter, or its content another one', async () => {
    const part = written([Buffer.from('{"a":1}\n'.repeat(50))]);
    const lines = { path, part, firstLine: 0, bits: undefined };
    await expect(segmentOf([{ ...lines, part: { ...part, end: part.end + 1 } }])).rejects.toThrow(RangeError);
    const members = [{ ...part.members[0]!, crc: 1 }];
    await expect(segmentOf([{ ...lines, part: { ...part, members } }])).rejects.toThrow('incorrect data check');
    const bits = new Uint8Array([1]);
    const longer = { ...lines, part: { ...part, bytes: part.bytes + 1 }, bits };
    await expect(segmentOf([longer])).rejects.toThrow(RangeError);
  });
});

describe('the segments of a larger part', () => {
  const MB = 1024 * 1024;
  const line = (n: number): string =>
    `${JSON.stringify({ n, text: createHash('sha256').update(String(n)).digest('hex') })}\n`;

  it('say its lines without the dropped ones, each some of them, whatever pieces it is decompressed in', async () => {
    const content = Buffer.from(Array.from({ length: 70_000 }, (_, n) => line(n)).join(''));
    const bits = new Uint8Array(70_000 / 8 + 1);
    for (const number of [3, 10, 40_004, 70_002]) bits[number >>> 3]! |= 1 << (number & 7);
    const lines = { path, part: written([content]), firstLine: 3, bits };
    const wanted = expected(lines);
    expect(wanted.split('\n')).toHaveLength(70_000 - 4 + 1);
    const segments = await collected(segmentsOfLarge(lines));
    expect(segments.map(({ content: { length } }) => Math.round(length / MB))).toEqual([2, 2, 2]);
    expect(segments.every((each) => each.content.at(-1) === 0x0a)).toBe(true);
    const joined = inflateRawSync(Buffer.concat([...segments.map(({ packed }) => packed), LAST_BLOCK]));
    expect(joined.equals(Buffer.from(wanted))).toBe(true);
    for (const { content: said, crc } of segments) expect(crc).toBe(crc32(said));
  });

  it('are as long as a line is that does not end before, and fail with a file that is damaged', async () => {
    const contents = [`a\n${'x'.repeat(5 * MB)}\n`, `b\n${'y'.repeat(3 * MB)}`];
    const part = written(contents.map((each) => Buffer.from(each)));
    const lines = { path, part, firstLine: 0, bits: undefined };
    const segments = await collected(segmentsOfLarge(lines));
    expect(segments.map(({ content }) => content.length)).toEqual([5 * MB + 3, 3 * MB + 3]);
    const file = readFileSync(path);
    file[file.length - 6]! ^= 1;
    writeFileSync(path, file);
    await expect(collected(segmentsOfLarge(lines))).rejects.toThrow('incorrect data check');
  });
});

it('lines that are kept end with a newline, whichever are dropped', () => {
  const kept = (content: string, bits: number): string =>
    keptContent(Buffer.from(content), { firstLine: 0, bits: Uint8Array.of(bits) }).content.toString();
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
