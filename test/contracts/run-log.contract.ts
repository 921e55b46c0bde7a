import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewRunLogEntry, RunLog } from '../../src/domain/ports/run-log.port.js';

export interface RunLogHarness {
  readonly log: RunLog;
  readonly unreachable: RunLog;
  /** A log over a table with one item a run, which holds run `old` with these entries. */
  readonly older: (entries: readonly object[]) => Promise<RunLog>;
  close(): Promise<void>;
}

const TOMORROW = Date.now() + 86_400_000;

function entry(n: number, more: Partial<NewRunLogEntry> = {}): NewRunLogEntry {
  const timestamp = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
  return { entryId: `${timestamp}#0`, timestamp, type: 'info', title: `Step ${n}`, description: 'done', ...more };
}

function steps(count: number, type?: string): NewRunLogEntry[] {
  return Array.from({ length: count }, (_, n) => entry(n, type === undefined ? {} : { type }));
}

function written(given: NewRunLogEntry): object {
  return Object.fromEntries(Object.entries(given).filter(([name]) => name !== 'entryId'));
}

/** What every RunLog adapter promises. */
export function runLogContract(engine: string, open: () => Promise<RunLogHarness>): void {
  describe(`the run log on ${engine}`, () => {
    let harness: RunLogHarness;
    let log: RunLog;

    beforeAll(async () => {
      harness = await open();
      ({ log } = harness);
    });

    afterAll(() => harness.close());

    it('has nothing of a run that wrote nothing', async () => {
      expect(await log.read('silent', { limit: 10 })).toEqual({ entries: [] });
    });

    it('keeps entries in the order of their ids, with all they say', async () => {
      const metadata = { rows: 42, share: 0.25, nested: { list: [1, 'two', null, true] }, none: null, text: '' };
      const entries = [entry(2), entry(1, { type: 'result', metadata })];
      await log.append('ordered', entries, TOMORROW);
      expect((await log.read('ordered', { limit: 10 })).entries).toEqual(entries.toReversed().map(written));
    });

    it('keeps an entry once, however often it is appended', async () => {
      await log.append('repeated', [entry(1)], TOMORROW);
      await log.append('repeated', [entry(1), entry(2)], TOMORROW);
      expect((await log.read('repeated', { limit: 10 })).entries).toHaveLength(2);
    });

    it('answers by pages that meet without gap or overlap', async () => {
      const entries = steps(7);
      await log.append('paged', entries, TOMORROW);
      const first = await log.read('paged', { limit: 3 });
      const second = await log.read('paged', { limit: 3, after: first.next ?? '' });
      const third = await log.read('paged', { limit: 3, after: second.next ?? '' });
      expect([...first.entries, ...second.entries, ...third.entries]).toEqual(entries.map(written));
      expect(third.next).toBeUndefined();
    });

    it('says where its end is, and what is written later is found behind it', async () => {
      await log.append('growing', [entry(1)], TOMORROW);
      const { end = '' } = await log.read('growing', { limit: 10 });
      expect(await log.read('growing', { limit: 10, after: end })).toEqual({ entries: [], end });
      await log.append('growing', [entry(2)], TOMORROW);
      expect((await log.read('growing', { limit: 10, after: end })).entries).toEqual([written(entry(2))]);
    });

    it('answers entries of one type, pages of them, too', async () => {
      const entries = [...steps(3, 'info'), entry(10, { type: 'error' }), entry(11), entry(12, { type: 'error' })];
      await log.append('typed', entries, TOMORROW);
      const first = await log.read('typed', { limit: 1, type: 'error' });
      const second = await log.read('typed', { limit: 1, type: 'error', after: first.next ?? '' });
      expect([...first.entries, ...second.entries].map(({ title }) => title)).toEqual(['Step 10', 'Step 12']);
      expect(second.next).toBeUndefined();
    });

    it('goes on behind what the engine answers at once', async () => {
      await log.append('long', steps(450), TOMORROW);
      const { entries, next } = await log.read('long', { limit: 440 });
      expect(entries).toHaveLength(440);
      expect((await log.read('long', { limit: 440, after: next ?? '' })).entries).toHaveLength(10);
    });

    it('leaves out what has expired', async () => {
      await log.append('expired', [entry(1)], Date.now() - 5000);
      expect(await log.read('expired', { limit: 10 })).toEqual({ entries: [] });
    });

    it('reads logs that are one item a run, by pages and types as well', async () => {
      const entries = [
        { timestamp: '2025-01-13T12:34:56', type: 'start', title: 'Started', description: 'by hand' },
        { timestamp: '2025-01-13T12:34:57', type: 'info', title: 'Half', description: '', metadata: { rows: 7 } },
        { timestamp: '2025-01-13T12:34:58', type: 'end', title: 'Ended', description: 'well' },
      ];
      const older = await harness.older(entries);
      expect((await older.read('old', { limit: 10 })).entries).toEqual(entries);
      const first = await older.read('old', { limit: 2 });
      expect(first.entries).toEqual(entries.slice(0, 2));
      expect((await older.read('old', { limit: 2, after: first.next ?? '' })).entries).toEqual(entries.slice(2));
      expect((await older.read('old', { limit: 10, type: 'end' })).entries).toEqual(entries.slice(2));
    });

    it('never writes where one item is the whole run', async () => {
      const older = await harness.older([{ timestamp: '', type: 'info', title: 'Only', description: '' }]);
      await expect(older.append('old', [entry(1)], TOMORROW)).rejects.toMatchObject({ code: 'run-log.read-only' });
      expect((await older.read('old', { limit: 10 })).entries).toHaveLength(1);
    });

    it.each(['nonsense', Buffer.from('{}').toString('base64url'), Buffer.from('[7]').toString('base64url')])(
      'refuses %s as a place in a log',
      async (after) => {
        await expect(log.read('paged', { limit: 1, after })).rejects.toMatchObject({ code: 'cursor.invalid' });
      },
    );

    it('says that it cannot be reached', async () => {
      await expect(harness.unreachable.read('any', { limit: 1 })).rejects.toMatchObject({ code: 'store.unreachable' });
    });
  });
}
