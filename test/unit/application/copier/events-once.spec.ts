import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watermarkBehind } from '../../../../src/domain/stream-onboarding/event-watermark.js';
import type { StreamRecord } from '../../../../src/domain/stream-onboarding/stream-record.js';
import { EVENT_CONNECTOR, eventRecord, type EventRowSeen, EventWorld } from '../../../support/event-world.js';

const event = (id: string, timestamp: number): string => JSON.stringify({ event_id: id, timestamp });

/** Some twice, some late, some from the future, some that nobody can read, some that the table does not take. */
const anyRecord = fc.oneof(
  { weight: 8, arbitrary: fc.record({ id: fc.integer({ min: 0, max: 9 }), at: fc.integer({ min: -5, max: 3 }) }) },
  { weight: 1, arbitrary: fc.constant('broken') },
);
const anyRecords = fc.array(anyRecord, { minLength: 1, maxLength: 30 }).map((all) =>
  all.map((each, n): StreamRecord => {
    if (typeof each === 'string') return eventRecord(n, each);
    // Times that often are the same, so that there are events of the same id and another time.
    return eventRecord(n, event(`e${each.id}`, Math.max(0, (n >> 3) * 8 + each.at)));
  }),
);

interface Expected {
  readonly event_id: string;
  readonly timestamp: number;
  readonly _sequence_number: string;
  readonly _watermark: number;
}

/** What is to be in the table, by the rules as people would say them. */
function expected(records: readonly StreamRecord[], misfits: ReadonlySet<string>): Expected[] {
  const rows: Expected[] = [];
  let watermark = 0;
  for (const { data, arrivedAtMs, sequenceNumber } of records) {
    const text = data.toString();
    if (!text.startsWith('{')) continue;
    const { event_id, timestamp } = JSON.parse(text) as { event_id: string; timestamp: number };
    const isKnown = rows.some((row) => row.event_id === event_id && row.timestamp === timestamp);
    const before = watermark;
    watermark = Math.max(watermark, Math.min(timestamp, arrivedAtMs));
    if (isKnown || misfits.has(event_id)) continue;
    rows.push({ event_id, timestamp, _sequence_number: sequenceNumber, _watermark: before });
  }
  return rows;
}

const seen = (rows: readonly EventRowSeen[]): Expected[] =>
  rows
    .map(({ event_id, timestamp, _sequence_number, _watermark }) => ({
      event_id,
      timestamp,
      _sequence_number,
      _watermark,
    }))
    .sort(({ _sequence_number: a }, { _sequence_number: b }) => Number(a) - Number(b));

describe('events of a shard', () => {
  it('give the same rows in table and view, however they are split into batches and whenever their worker is killed', async () => {
    const anyDeaths = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 });
    const anySize = fc.integer({ min: 1, max: 7 });
    const anyMisfits = fc.constantFrom([], ['e1'], ['e1', 'e2']);
    await fc.assert(
      fc.asyncProperty(
        anyRecords,
        anyDeaths,
        anySize,
        anySize,
        anyMisfits,
        async (records, deaths, batchRows, pageRows, bad) => {
          const misfits = new Set(bad);
          const world = new EventWorld(records, misfits);
          for (const effects of deaths) await world.copy({ batchRows: 1 + (effects % batchRows), pageRows, effects });
          expect(await world.copy({ batchRows, pageRows })).toBe('shard-end');
          expect(seen(world.rows)).toEqual(expected(records, misfits));
          expect(seen(world.view)).toEqual(seen(world.rows));
          const { rows, duplicates = 0 } = world.lease.progress;
          expect(rows).toBe(world.rows.length);
          expect(rows + duplicates + world.letters.size).toBe(records.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('that are published twice land once, whatever comes between them', async () => {
    const records = ['a', 'b', 'a', 'c', 'a'].map((id, n) => eventRecord(n, event(id, id.codePointAt(0)!), 1000 + n));
    for (const batchRows of [1, 2, 5]) {
      const world = new EventWorld(records);
      await world.copy({ batchRows, pageRows: 10 });
      expect(seen(world.rows).map(({ event_id }) => event_id)).toEqual(['a', 'b', 'c']);
      expect(world.lease.progress.duplicates).toBe(2);
    }
  });

  it('are other events when they have another time', async () => {
    const world = new EventWorld([eventRecord(0, event('a', 1)), eventRecord(1, event('a', 2))]);
    await world.copy({ batchRows: 2, pageRows: 2 });
    expect(world.rows.map(({ timestamp }) => timestamp)).toEqual([1, 2]);
  });

  it('are left out by a connector that is made anew over their table, also where its ranges are the same', async () => {
    const records = Array.from({ length: 10 }, (_, n) => eventRecord(n, event(`e${n}`, n)));
    const first = new EventWorld(records.slice(0, 6));
    await first.copy({ batchRows: 3, pageRows: 10 });
    const again = new EventWorld(records, new Set(), { ...EVENT_CONNECTOR, createdAtMs: 2 });
    again.rows.push(...first.rows);
    await again.copy({ batchRows: 3, pageRows: 10 });
    expect(again.rows.map(({ event_id }) => event_id).sort()).toEqual(records.map((_, n) => `e${n}`).sort());
    expect(again.lease.progress).toMatchObject({ rows: 4, duplicates: 6 });
  });
});

describe('the watermark', () => {
  it('never goes back', () => {
    expect(watermarkBehind(100, 50, 1000)).toBe(100);
  });

  it('takes an event from the future for one of its arrival', () => {
    expect(watermarkBehind(100, 9_999_999, 1000)).toBe(1000);
  });

  it('of a row is what the shard had seen before it, across batches and restarts', async () => {
    const times = [5, 3, 90, 4, 8];
    const world = new EventWorld(times.map((time, n) => eventRecord(n, event(`e${n}`, time), 10 + n)));
    await world.copy({ batchRows: 1, pageRows: 1, effects: 20 });
    await world.copy({ batchRows: 2, pageRows: 3 });
    expect(seen(world.rows).map(({ _watermark }) => _watermark)).toEqual([0, 5, 5, 12, 12]);
    expect(world.lease.watermarkMs).toBe(12);
  });
});
