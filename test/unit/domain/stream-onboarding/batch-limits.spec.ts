import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_BATCH_LIMITS,
  fittingRecords,
  flushReason,
  msUntilFlush,
} from '../../../../src/domain/stream-onboarding/batch-limits.js';
import type { StreamRecord } from '../../../../src/domain/stream-onboarding/stream-record.js';

const limits = { rows: 3, bytes: 100, ageMs: 1000 };

/** Records of the given sizes, by sequence number. */
function records(...sizes: readonly (readonly [sequence: number, bytes: number])[]): StreamRecord[] {
  return sizes.map(([sequence, bytes], index) => ({
    sequenceNumber: String(sequence),
    subSequenceNumber: sizes.slice(0, index).filter(([other]) => other === sequence).length,
    partitionKey: 'k',
    data: new Uint8Array(bytes),
    arrivedAtMs: 0,
  }));
}

describe('flushReason', () => {
  it.each([
    [{ rows: 3, bytes: 1, openedAtMs: 0 }, 0, 'rows'],
    [{ rows: 1, bytes: 100, openedAtMs: 0 }, 0, 'bytes'],
    [{ rows: 1, bytes: 1, openedAtMs: 0 }, 1000, 'age'],
    [{ rows: 1, bytes: 1, openedAtMs: 0 }, 999, undefined],
    [{ rows: 0, bytes: 0, openedAtMs: 0 }, 5000, undefined],
  ])('closes %j at %d ms because of %s', (fill, nowMs, reason) => {
    expect(flushReason(fill, limits, nowMs)).toBe(reason);
  });

  it('has the promised limits', () => {
    expect(DEFAULT_BATCH_LIMITS).toEqual({ rows: 100_000, bytes: 33_554_432, ageMs: 5000 });
  });

  it('waits exactly as long as the batch is still young', () => {
    const fill = { rows: 1, bytes: 1, openedAtMs: 500 };
    expect([
      msUntilFlush(fill, limits, 600),
      msUntilFlush(fill, limits, 1500),
      msUntilFlush(fill, limits, 9999),
    ]).toEqual([900, 0, 0]);
  });
});

describe('fittingRecords', () => {
  const empty = { rows: 0, bytes: 0 };

  it.each([
    [
      'all of them',
      empty,
      [
        [1, 1],
        [2, 1],
      ],
      2,
    ],
    [
      'up to the rows',
      empty,
      [
        [1, 1],
        [2, 1],
        [3, 1],
        [4, 1],
      ],
      3,
    ],
    [
      'up to the bytes',
      empty,
      [
        [1, 60],
        [2, 40],
        [3, 1],
      ],
      2,
    ],
    [
      'what is left of the rows',
      { rows: 2, bytes: 0 },
      [
        [1, 1],
        [2, 1],
      ],
      1,
    ],
    [
      'no part of a sequence number',
      empty,
      [
        [1, 1],
        [2, 1],
        [2, 1],
        [2, 1],
      ],
      1,
    ],
    [
      'nothing when the next sequence number is too long',
      { rows: 1, bytes: 0 },
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
      0,
    ],
    [
      'an aggregate that is larger than any batch',
      empty,
      [
        [1, 1],
        [1, 1],
        [1, 1],
        [1, 1],
        [2, 1],
      ],
      4,
    ],
    [
      'a record that is larger than any batch',
      empty,
      [
        [1, 500],
        [2, 1],
      ],
      1,
    ],
    ['nothing of nothing', empty, [], 0],
  ] as const)('takes %s', (_, fill, sizes, count) => {
    expect(fittingRecords(fill, limits, records(...sizes))).toBe(count);
  });

  it('cuts any stream into batches at whole sequence numbers, each within the limits or of one sequence number', () => {
    const stream = fc.array(fc.tuple(fc.nat(3), fc.nat(60)), { maxLength: 60 }).map((steps) => {
      let sequence = 0;
      return records(...steps.map(([step, bytes]) => [(sequence += step === 0 ? 0 : 1), bytes] as const));
    });
    fc.assert(
      fc.property(stream, (all) => {
        const batches: StreamRecord[][] = [];
        for (let rest = all; rest.length > 0;) {
          const count = fittingRecords(empty, limits, rest);
          expect(count).toBeGreaterThan(0);
          batches.push(rest.slice(0, count));
          rest = rest.slice(count);
        }
        expect(batches.flat()).toEqual(all);
        const numbers = batches.map((batch) => new Set(batch.map(({ sequenceNumber }) => sequenceNumber)));
        expect(numbers.reduce((sum, { size }) => sum + size, 0)).toBe(
          new Set(all.map(({ sequenceNumber }) => sequenceNumber)).size,
        );
        const sound = batches.every((batch, index) => {
          const bytes = batch.reduce((sum, { data }) => sum + data.length, 0);
          return numbers[index]!.size === 1 || (batch.length <= limits.rows && bytes <= limits.bytes);
        });
        expect(sound).toBe(true);
      }),
    );
  });
});
