import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Checkpoint, PendingRange } from '../../../../src/domain/stream-onboarding/lease.js';
import { batchToken, planRange, rangeOf } from '../../../../src/domain/stream-onboarding/record-range.js';
import type { StreamRecord } from '../../../../src/domain/stream-onboarding/stream-record.js';

const BASE = 49_600_000_000_000_000_000_000n;
const sequence = (n: number): string => String(BASE + BigInt(n));

/** Records by sequence; `2.1` is the second event of the aggregate 2. */
function records(...positions: readonly number[]): StreamRecord[] {
  return positions.map((position) => ({
    sequenceNumber: sequence(Math.floor(position)),
    subSequenceNumber: Math.round((position % 1) * 10),
    partitionKey: 'k',
    data: new Uint8Array(),
    arrivedAtMs: 0,
  }));
}

const after = (n: number): Checkpoint => ({ sequenceNumber: sequence(n) });
const range = (first: number, last: number, count: number): PendingRange => ({
  first: sequence(first),
  last: sequence(last),
  records: count,
});

describe('planRange', () => {
  describe('when the last range is known to be stored', () => {
    it.each([
      ['the same range again', [1, 2, 3], []],
      ['a part of it', [2], []],
      ['an older range', [0, 1], []],
      ['an overlapping range', [2, 3, 4, 5], [4, 5]],
      ['a range around it', [0, 1, 2, 3, 4], [4]],
      ['the next range', [4, 5], [4, 5]],
      ['a range further on, as sequence numbers are not dense', [9], [9]],
      ['events of an aggregate behind it', [3.1, 4, 4.1], [4, 4.1]],
      ['a page twice', [4, 5, 4, 5, 6], [4, 5, 6]],
      ['nothing', [], []],
    ])('keeps of %s what is new', (_, read, kept) => {
      const plan = planRange({ checkpoint: after(3) }, records(...read));
      expect(plan).toEqual({ kind: 'new', records: records(...kept), dropped: read.length - kept.length });
    });

    it('keeps everything at the start, and nothing at the end, of a shard', () => {
      expect(planRange({ checkpoint: 'AT_START' }, records(1, 2))).toMatchObject({
        records: records(1, 2),
        dropped: 0,
      });
      expect(planRange({ checkpoint: 'SHARD_END' }, records(1, 2))).toMatchObject({ records: [], dropped: 2 });
    });

    it('compares sequence numbers as numbers', () => {
      const [short, long] = [
        { ...records(1)[0]!, sequenceNumber: '9' },
        { ...records(1)[0]!, sequenceNumber: '10' },
      ];
      expect(planRange({ checkpoint: { sequenceNumber: '9' } }, [short, long])).toMatchObject({
        records: [long],
        dropped: 1,
      });
    });
  });

  describe('when nobody knows whether the last range was stored', () => {
    const progress = { checkpoint: after(3), pending: range(5, 7, 3) };

    it('repeats the same range', () => {
      expect(planRange(progress, records(5, 6, 7))).toEqual({
        kind: 'repeat',
        records: records(5, 6, 7),
        rest: [],
        dropped: 0,
      });
    });

    it('repeats it out of a longer run, and leaves the rest for later', () => {
      const plan = planRange(progress, records(2, 3, 5, 6, 7, 8, 9));
      expect(plan).toEqual({ kind: 'repeat', records: records(5, 6, 7), rest: records(8, 9), dropped: 2 });
    });

    it.each([[[]], [[5]], [[5, 6]], [[2, 3]]])('reads on after %j, a part of it', (read) => {
      expect(planRange(progress, records(...read)).kind).toBe('partial');
    });

    it.each([
      ['first-missing', [6, 7]],
      ['first-missing', [8, 9]],
      ['last-missing', [5, 6, 8]],
      ['count-differs', [5, 7]],
      ['count-differs', [5, 6, 6.1, 7]],
    ])('says %s when it cannot be read again as it was: %j', (reason, read) => {
      expect(planRange(progress, records(...read))).toMatchObject({ kind: 'broken', reason });
    });

    it('drops what the owner of the range had left out before it', () => {
      expect(planRange({ checkpoint: 'AT_START', pending: range(5, 5, 1) }, records(3, 4, 5))).toMatchObject({
        kind: 'repeat',
        dropped: 2,
      });
    });

    it('counts the events of aggregates', () => {
      const pending = range(5, 6, 4);
      expect(planRange({ checkpoint: 'AT_START', pending }, records(5, 5.1, 6, 6.1, 7))).toMatchObject({
        kind: 'repeat',
        records: records(5, 5.1, 6, 6.1),
        rest: records(7),
      });
    });
  });

  it('stores every record once, and every token with one set of records, whatever is repeated and whoever dies', () => {
    // A run: pages of the stream are read from anywhere at or before the place reached; an owner may die before the
    // insert, between insert and checkpoint, or not at all.
    const step = fc.record({
      back: fc.nat(6),
      size: fc.integer({ min: 1, max: 7 }),
      cut: fc.integer({ min: 1, max: 4 }),
      dies: fc.constantFrom('before', 'between', 'no'),
    });
    const shard = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(shard, fc.array(step, { maxLength: 30 }), (sizes, steps) => {
        const all = records(...sizes.flatMap((events, n) => Array.from({ length: events }, (_, sub) => n + sub / 10)));
        const table = new Table();
        let progress: { checkpoint: Checkpoint; pending?: PendingRange } = { checkpoint: 'AT_START' };
        const ending = Array.from({ length: 100 }, () => ({ back: 0, size: 7, cut: 4, dies: 'no' }));
        for (const { back, size, cut, dies } of [...steps, ...ending]) {
          const from = Math.max(0, startOf(all, progress) - back);
          const read = all.slice(from, Math.max(from + size, progress.pending ? all.length : 0));
          const plan = planRange(progress, read);
          const batch =
            plan.kind === 'repeat' ? plan.records : plan.kind === 'new' ? wholeNumbers(plan.records, all, cut) : [];
          expect(plan.kind).not.toBe('broken');
          if (batch.length === 0) continue;
          const pending = plan.kind === 'repeat' ? progress.pending! : rangeOf(batch);
          progress = { ...progress, pending };
          if (dies === 'before') continue;
          table.insert(batchToken('s', 'shardId-0', pending), batch);
          if (dies === 'no') progress = { checkpoint: { sequenceNumber: pending.last } };
        }
        expect(table.rows).toEqual(all);
      }),
    );
  });
});

/** A table that remembers tokens, as ClickHouse does. */
class Table {
  readonly rows: StreamRecord[] = [];
  private readonly tokens = new Map<string, readonly StreamRecord[]>();

  insert(token: string, batch: readonly StreamRecord[]): void {
    const same = (this.tokens.get(token) ?? batch).every((record, index) => record === batch[index]);
    if (!same) throw new Error(`Other records under the token ${token}`);
    if (!this.tokens.has(token)) this.rows.push(...batch);
    this.tokens.set(token, batch);
  }
}

function startOf(all: readonly StreamRecord[], { checkpoint }: { checkpoint: Checkpoint }): number {
  if (typeof checkpoint === 'string') return 0;
  return all.findLastIndex(({ sequenceNumber }) => sequenceNumber === checkpoint.sequenceNumber) + 1;
}

/** The first records, up to the end of a sequence number. */
function wholeNumbers(batch: readonly StreamRecord[], all: readonly StreamRecord[], cut: number): StreamRecord[] {
  const numbers = [...new Set(batch.map(({ sequenceNumber }) => sequenceNumber))].slice(0, cut);
  const whole = new Set(
    numbers.filter((number) => {
      const has = (list: readonly StreamRecord[]): number =>
        list.filter(({ sequenceNumber }) => sequenceNumber === number).length;
      return has(batch) === has(all);
    }),
  );
  return batch.filter(({ sequenceNumber }) => whole.has(sequenceNumber));
}

describe('batchToken', () => {
  it('names stream, shard, first and last record', () => {
    expect(batchToken('clicks', 'shardId-000000000001', { first: '1', last: '22', records: 3 })).toBe(
      'clicks:shardId-000000000001:1-22',
    );
  });
});
