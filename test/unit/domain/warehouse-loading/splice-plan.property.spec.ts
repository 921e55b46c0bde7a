import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nextPartBytes,
  type PartLimits,
  planHead,
  planTail,
  S3_PART_LIMITS,
  type Span,
} from '../../../../src/domain/warehouse-loading/splice-plan.js';

const MIB = 1024 ** 2;
const TIB = 1024 ** 4;

/** S3's proportions, small enough to try every shape. */
const SMALL: PartLimits = {
  minPartBytes: 5,
  sentPartBytes: 8,
  copiedPartBytes: 20,
  maxCopies: 10,
  maxParts: 1000,
  maxObjectBytes: 5000,
};

/** A part of the object that is made, by where its bytes come from. */
type Part = { readonly from: 'copy'; readonly span: Span } | { readonly from: 'sent'; readonly bytes: number[] };

const range = ({ first, last }: Span): number[] => Array.from({ length: last - first + 1 }, (_, n) => first + n);

/** What a store makes of a plan: bytes of the object are 0, 1, 2 …, those of the content -1, -2 … */
function carryOut(size: number, offset: number, length: number, limits: PartLimits): Part[] {
  const head = planHead(offset, limits);
  const sent: number[][] = [];
  let open: number[] = head.resent ? range(head.resent) : [];
  const push = (byte: number): void => {
    open.push(byte);
    if (open.length < limits.sentPartBytes) return;
    sent.push(open);
    open = [];
  };
  for (let n = 1; n <= length; n += 1) push(-n);
  const tail = planTail({ end: offset + length, size, openBytes: open.length }, limits);
  for (const byte of tail.resent ? range(tail.resent) : []) push(byte);
  if (open.length > 0) sent.push(open);
  return [
    ...head.copies.map((span) => ({ from: 'copy', span }) as const),
    ...sent.map((bytes) => ({ from: 'sent', bytes }) as const),
    ...tail.copies.map((span) => ({ from: 'copy', span }) as const),
  ];
}

const bytesOf = (part: Part): number[] => (part.from === 'copy' ? range(part.span) : part.bytes);
const patches = fc
  .record({ size: fc.integer({ min: 9, max: 400 }), length: fc.integer({ min: 1, max: 120 }) })
  .chain(({ size, length }) =>
    fc.record({ size: fc.constant(size), length: fc.constant(length), offset: fc.integer({ min: 0, max: size }) }),
  );

describe('a plan of a splice', () => {
  it('makes the object that it should, in parts that a store takes', () => {
    fc.assert(
      fc.property(patches, ({ size, offset, length }) => {
        const parts = carryOut(size, offset, length, SMALL);
        const expected = [
          ...range({ first: 0, last: offset - 1 }),
          ...Array.from({ length }, (_, n) => -1 - n),
          ...(offset + length < size ? range({ first: offset + length, last: size - 1 }) : []),
        ];
        expect(parts.flatMap(bytesOf)).toEqual(expected);
        for (const part of parts.slice(0, -1)) expect(bytesOf(part).length).toBeGreaterThanOrEqual(SMALL.minPartBytes);
        for (const part of parts) expect(bytesOf(part).length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('sends of the object no more than one smallest part on either side', () => {
    fc.assert(
      fc.property(patches, ({ size, offset, length }) => {
        const sent = carryOut(size, offset, length, SMALL).flatMap((part) => (part.from === 'sent' ? part.bytes : []));
        const kept = sent.filter((byte) => byte >= 0);
        expect(kept.length).toBeLessThan(2 * SMALL.minPartBytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('of an object of any size stays within the limits of S3', () => {
    const sizes = fc.integer({ min: 9 * MIB, max: 5 * TIB });
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 1, noNaN: true }), (size, where) => {
        const offset = Math.floor(size * where);
        const head = planHead(offset, S3_PART_LIMITS);
        const tail = planTail({ end: offset + 1024, size, openBytes: 1024 + (head.resent?.last ?? 0) }, S3_PART_LIMITS);
        const copies = [...head.copies, ...tail.copies];
        for (const { first, last } of copies) expect(last - first + 1).toBeLessThanOrEqual(5 * 1024 ** 3);
        for (const { first, last } of copies.slice(0, -1)) expect(last - first + 1).toBeGreaterThanOrEqual(5 * MIB);
        expect(copies.length).toBeLessThanOrEqual(2 * 1024);
        const resent = [head.resent, tail.resent].reduce(
          (sum, span) => sum + (span ? span.last - span.first + 1 : 0),
          0,
        );
        expect(resent).toBeLessThanOrEqual(5 * MIB);
      }),
    );
  });
});

describe('parts of content', () => {
  it('grow so that 5 TiB fit into the parts there may be, beside all copies', () => {
    let [sent, parts, largest] = [0, 0, 0];
    while (sent < S3_PART_LIMITS.maxObjectBytes) {
      largest = nextPartBytes(sent, S3_PART_LIMITS);
      sent += largest;
      parts += 1;
    }
    expect(parts + S3_PART_LIMITS.maxCopies + 2).toBeLessThanOrEqual(10_000);
    expect(largest).toBeLessThanOrEqual(5 * 1024 ** 3);
  });

  it('stay as small as they are up to 9 GiB', () => {
    expect(nextPartBytes(9 * 1024 ** 3, S3_PART_LIMITS)).toBe(8 * MIB);
    expect(nextPartBytes(10 * 1024 ** 3, S3_PART_LIMITS)).toBe(9 * MIB);
  });
});
