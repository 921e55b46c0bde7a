import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadLedger, LoadRecord } from '../../src/domain/ports/load-ledger.port.js';
import { idsOf } from '../../src/domain/warehouse-loading/id-runs.js';

export interface LoadLedgerHarness {
  readonly ledger: LoadLedger;
  /** The same, as another process sees it; waits for a turn only shortly. */
  readonly others: LoadLedger;
  readonly unreachable: LoadLedger;
  close(): Promise<void>;
}

/** What every LoadLedger adapter promises. */
export function loadLedgerContract(engine: string, open: () => Promise<LoadLedgerHarness>): void {
  describe(`LoadLedger on ${engine}`, () => {
    let harness: LoadLedgerHarness;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    const record = (state: LoadRecord['state']): LoadRecord => ({
      digest: 'd',
      state,
      receipt: {
        ids: [
          [1, 2],
          [null, 1],
        ],
        count: 2,
        batches: 1,
      },
    });

    it('gives ids that nobody else gets, in rising order', async () => {
      const taken = await Promise.all(
        [harness.ledger, harness.others].map((ledger) =>
          ledger.inTurn('user_locations', async (turn) => [
            ...idsOf(await turn.takeIds(100)),
            ...idsOf(await turn.takeIds(50)),
          ]),
        ),
      );
      for (const ids of taken) expect(ids).toEqual([...ids].sort((a, b) => a! - b!));
      expect(new Set(taken.flat()).size).toBe(300);
    });

    it('lets one have the turn of a table at a time, and tables be loaded side by side', async () => {
      let inside = 0;
      let most = 0;
      const work = async (): Promise<void> => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 30));
        inside -= 1;
      };
      await Promise.all(
        [harness.ledger, harness.others, harness.ledger].map((each) => each.inTurn('user_locations', work)),
      );
      expect(most).toBe(1);
      const both = await harness.ledger.inTurn('user_locations', () =>
        harness.others.inTurn('mobile_devices', async () => 'both'),
      );
      expect(both).toBe('both');
    });

    it('tells when the turn does not come in time, and goes on after work that failed', async () => {
      const held = harness.ledger.inTurn('user_locations', async () => {
        const waiting = harness.others.inTurn('user_locations', async () => 'too early');
        await expect(waiting).rejects.toMatchObject({ code: 'database.busy' });
        throw new Error('failed');
      });
      await expect(held).rejects.toThrow('failed');
      expect(await harness.others.inTurn('user_locations', async () => 'now')).toBe('now');
    });

    it('keeps records at once, whatever becomes of the turn, for each table its own', async () => {
      const kept = harness.ledger.inTurn('user_locations', async (turn) => {
        await turn.keep('k', record('pending'));
        throw new Error('died');
      });
      await expect(kept).rejects.toThrow('died');
      await harness.others.inTurn('mobile_devices', async (turn) => expect(await turn.find('k')).toBeUndefined());
      await harness.others.inTurn('user_locations', async (turn) => {
        expect(await turn.find('k')).toEqual(record('pending'));
        await turn.keep('k', { ...record('pending'), token: 't' });
        expect(await turn.find('k')).toEqual({ ...record('pending'), token: 't' });
        await turn.keep('k', record('done'));
        expect(await turn.find('k')).toEqual(record('done'));
        await turn.forget('k');
        expect(await turn.find('k')).toBeUndefined();
      });
    });

    it('tells that nobody is there', async () => {
      const turn = harness.unreachable.inTurn('user_locations', async () => 1);
      await expect(turn).rejects.toMatchObject({ code: 'database.unreachable' });
    });
  });
}
