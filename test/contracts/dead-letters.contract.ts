import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeadLetters, StoredDeadLetter } from '../../src/domain/ports/dead-letters.port.js';
import type { DeadLetter } from '../../src/domain/stream-onboarding/dead-letter.js';
import { freshName } from '../support/engine-of.js';

export interface DeadLettersHarness {
  readonly deadLetters: DeadLetters;
  /** As another process on the same store would hold it. */
  readonly others: DeadLetters;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: DeadLetters;
  close(): Promise<void>;
}

const SHARD = 'shardId-000000000000';
/** As long as Kinesis' own, and beyond any number a computer counts with. */
const sequence = (n: number): string => `4959033827149025660855969253836157109592157598913658${1000 + n}`;

/** Bytes as numbers, whatever class holds them. */
const plain = ({ data, headers, ...rest }: DeadLetter) => ({
  ...rest,
  data: [...data],
  ...(headers && { headers: Array.from(headers, ([name, value]) => [name, [...value]]) }),
});

/** What every DeadLetters adapter promises. */
export function deadLettersContract(engine: string, open: () => Promise<DeadLettersHarness>): void {
  describe(`DeadLetters on ${engine}`, () => {
    let at: DeadLettersHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    const letter = (connectorId: string, n: number, change: Partial<DeadLetter> = {}): DeadLetter => ({
      connectorId,
      shardId: SHARD,
      sequenceNumber: sequence(n),
      subSequenceNumber: 0,
      partitionKey: 'key',
      arrivedAtMs: 1_700_000_000_123,
      data: Buffer.from(`{"n":${n}}`),
      code: 'record.wrong-type',
      column: 'user_id',
      reason: 'The value does not fit.',
      ...change,
    });
    const added = async (count: number): Promise<{ connectorId: string; stored: readonly StoredDeadLetter[] }> => {
      const connectorId = freshName('connector');
      await at.deadLetters.add(Array.from({ length: count }, (_, n) => letter(connectorId, n)));
      const { letters } = await at.deadLetters.list({ connectorId, limit: count + 1 });
      return { connectorId, stored: letters };
    };
    const states = async (connectorId: string): Promise<string[]> =>
      (await at.others.list({ connectorId, limit: 1000 })).letters.map(({ state }) => state);

    describe('keeping', () => {
      it('keeps every part of a letter, whatever its bytes are', async () => {
        const connectorId = freshName('connector');
        const { column: _, ...withoutColumn } = letter(connectorId, 2);
        const data = Uint8Array.from({ length: 512 }, (_byte, index) => index % 256);
        const headers = new Map([
          ['__value_schema_id', data],
          ['größe\u0000"', Buffer.alloc(0)],
        ]);
        const letters = [
          letter(connectorId, 1, { data, subSequenceNumber: 7, partitionKey: 'größe\u0000\'"', column: 'naïve "c"' }),
          letter(connectorId, 3, { data, headers }),
          { ...withoutColumn, data: new Uint8Array(0), watermarkMs: 1_700_000_000_456 },
        ];
        await at.deadLetters.add(letters);
        const { letters: stored } = await at.others.list({ connectorId, limit: 10 });
        expect(stored.map(plain)).toEqual(
          letters.map((kept) => ({
            ...plain(kept),
            id: expect.any(String),
            state: 'open',
            recordedAtMs: expect.any(Number),
          })),
        );
      });

      it('keeps a position once, the letter that was there first', async () => {
        const { connectorId, stored } = await added(2);
        const again = [letter(connectorId, 1, { reason: 'another' }), letter(connectorId, 2)];
        await at.others.add(again);
        await at.deadLetters.add(again);
        const { letters } = await at.deadLetters.list({ connectorId, limit: 10 });
        expect(letters).toHaveLength(3);
        expect(letters.slice(0, 2)).toEqual(stored);
      });

      it('tells apart sub-sequence numbers, shards and connectors', async () => {
        const connectorId = freshName('connector');
        const letters = [
          letter(connectorId, 1),
          letter(connectorId, 1, { subSequenceNumber: 1 }),
          letter(connectorId, 1, { shardId: 'shardId-000000000001' }),
          letter(`${connectorId}-b`, 1),
        ];
        await at.deadLetters.add(letters);
        expect((await at.deadLetters.list({ connectorId, limit: 10 })).letters).toHaveLength(3);
      });

      it('adds many at once, or none when one of them cannot be kept', async () => {
        const connectorId = freshName('connector');
        const many = Array.from({ length: 2500 }, (_, n) => letter(connectorId, n));
        const broken = letter(connectorId, 9000, { subSequenceNumber: 2 ** 40 });
        await expect(at.deadLetters.add([...many, broken])).rejects.toMatchObject({ code: '22003' });
        expect((await at.deadLetters.list({ connectorId, limit: 1 })).letters).toEqual([]);
        await at.deadLetters.add(many);
        expect(await states(connectorId)).toHaveLength(1000);
        await at.deadLetters.add([]);
      });

      it('keeps large records, several in one call', async () => {
        const connectorId = freshName('connector');
        const data = Buffer.alloc(3_000_000, 0xff);
        await at.deadLetters.add([1, 2, 3].map((n) => letter(connectorId, n, { data })));
        const { letters } = await at.deadLetters.list({ connectorId, limit: 3 });
        expect(letters.map((stored) => Buffer.from(stored.data).equals(data))).toEqual([true, true, true]);
      });
    });

    describe('finding', () => {
      it('answers the positions of a range of a shard, both ends included, by number and not by text', async () => {
        const connectorId = freshName('connector');
        await at.deadLetters.add([
          ...['8', '9', '10', '11'].map((sequenceNumber) => letter(connectorId, 0, { sequenceNumber })),
          letter(connectorId, 0, { sequenceNumber: '10', subSequenceNumber: 3 }),
          letter(connectorId, 0, { sequenceNumber: '10', shardId: 'shardId-000000000001' }),
        ]);
        const positions = await at.deadLetters.positions(connectorId, SHARD, '9', '10');
        expect(positions).toEqual(new Map(['9:0', '10:0', '10:3'].map((position) => [position, 'record.wrong-type'])));
        expect(await at.deadLetters.positions(connectorId, 'shardId-000000000009', '0', '99')).toEqual(new Map());
      });

      it('answers positions whatever became of the letters', async () => {
        const { connectorId } = await added(2);
        await at.deadLetters.discard({ connectorId });
        const positions = await at.others.positions(connectorId, SHARD, sequence(0), sequence(1));
        expect([...positions.keys()].sort()).toEqual([`${sequence(0)}:0`, `${sequence(1)}:0`].sort());
      });

      it('lists page by page, oldest first, each letter once', async () => {
        const { connectorId, stored } = await added(7);
        const seen: StoredDeadLetter[] = [];
        const sizes: number[] = [];
        for (let after: string | undefined, more = true; more; more = after !== undefined) {
          const page = await at.others.list({ connectorId, limit: 3, ...(after === undefined ? {} : { after }) });
          seen.push(...page.letters);
          sizes.push(page.letters.length);
          after = page.next;
        }
        expect(seen).toEqual(stored);
        expect(sizes).toEqual([3, 3, 1]);
        expect(stored.map(({ sequenceNumber }) => sequenceNumber)).toEqual(
          Array.from({ length: 7 }, (_, n) => sequence(n)),
        );
      });

      it('lists letters of one state alone', async () => {
        const { connectorId, stored } = await added(3);
        await at.deadLetters.discard({ connectorId, ids: [stored[1]!.id] });
        const waiting = await at.deadLetters.list({ connectorId, state: 'open', limit: 10 });
        const discarded = await at.deadLetters.list({ connectorId, state: 'discarded', limit: 10 });
        expect(waiting.letters.map(({ id }) => id)).toEqual([stored[0]!.id, stored[2]!.id]);
        expect(discarded.letters.map(({ id }) => id)).toEqual([stored[1]!.id]);
      });
    });

    describe('replaying', () => {
      it('claims open letters in order, up to the limit, under one token', async () => {
        const { connectorId, stored } = await added(5);
        const { token, letters } = await at.deadLetters.claim({ connectorId }, 3);
        expect(letters.map(({ id }) => id)).toEqual(stored.slice(0, 3).map(({ id }) => id));
        expect(letters.every(({ state, replayToken }) => state === 'replaying' && replayToken === token)).toBe(true);
        expect(await states(connectorId)).toEqual(['replaying', 'replaying', 'replaying', 'open', 'open']);
      });

      it('gives the claim of a replay that died again, the same letters under the same token', async () => {
        const { connectorId } = await added(5);
        const first = await at.deadLetters.claim({ connectorId }, 3);
        expect(await at.others.claim({ connectorId }, 3)).toEqual(first);
        expect(await at.others.claim({ connectorId }, 1)).toEqual(first);
      });

      it('claims the next letters when the first have been settled', async () => {
        const { connectorId, stored } = await added(3);
        const first = await at.deadLetters.claim({ connectorId }, 2);
        await at.deadLetters.settle(first.token, { replayed: first.letters.map(({ id }) => id), reopened: [] });
        const second = await at.others.claim({ connectorId }, 2);
        expect(second.letters.map(({ id }) => id)).toEqual([stored[2]!.id]);
        expect(second.token).not.toBe(first.token);
        expect(await states(connectorId)).toEqual(['replayed', 'replayed', 'replaying']);
      });

      it('claims only the letters asked for', async () => {
        const { connectorId, stored } = await added(4);
        const ids = [stored[3]!.id, stored[1]!.id];
        const { letters } = await at.deadLetters.claim({ connectorId, ids }, 10);
        expect(letters.map(({ id }) => id)).toEqual([stored[1]!.id, stored[3]!.id]);
        expect(await states(connectorId)).toEqual(['open', 'replaying', 'open', 'replaying']);
      });

      it('claims nothing of a stranger, nor what is done', async () => {
        const { connectorId, stored } = await added(2);
        await at.deadLetters.discard({ connectorId, ids: [stored[0]!.id] });
        const other = await at.deadLetters.claim({ connectorId: freshName('connector') }, 10);
        expect(other.letters).toEqual([]);
        const ids = stored.map(({ id }) => id);
        const { letters } = await at.deadLetters.claim({ connectorId, ids }, 10);
        expect(letters.map(({ id }) => id)).toEqual([stored[1]!.id]);
      });

      it('never gives a letter to two claims that are made at once', async () => {
        const { connectorId } = await added(40);
        const claims = await Promise.all(
          Array.from({ length: 8 }, (_, index) => (index % 2 ? at.deadLetters : at.others).claim({ connectorId }, 10)),
        );
        const tokenOf = new Map<string, string>();
        for (const { token, letters } of claims) {
          for (const { id } of letters) {
            expect(tokenOf.get(id) ?? token).toBe(token);
            tokenOf.set(id, token);
          }
        }
        expect(tokenOf.size).toBeGreaterThan(0);
      });

      it('opens letters again that still do not fit, with the reason they have now', async () => {
        const { connectorId } = await added(2);
        const { token, letters } = await at.deadLetters.claim({ connectorId }, 2);
        const [one, two] = letters.map(({ id }) => id);
        await at.deadLetters.settle(token, {
          replayed: [one!],
          reopened: [{ id: two!, letter: { code: 'record.unknown-field', reason: 'No such column.' } }],
        });
        const stored = (await at.others.list({ connectorId, limit: 10 })).letters;
        expect(stored.map(({ state }) => state)).toEqual(['replayed', 'open']);
        expect(stored[1]).toMatchObject({ code: 'record.unknown-field', reason: 'No such column.' });
        expect(stored[1]).not.toHaveProperty('column');
        expect(stored[1]).not.toHaveProperty('replayToken');
        const again = await at.deadLetters.claim({ connectorId }, 2);
        expect(again.letters.map(({ id }) => id)).toEqual([two]);
        expect(again.token).not.toBe(token);
      });

      it('settles a claim twice as once, and nothing with a token that is over', async () => {
        const { connectorId } = await added(2);
        const { token, letters } = await at.deadLetters.claim({ connectorId }, 2);
        const ids = letters.map(({ id }) => id);
        await at.deadLetters.settle(token, { replayed: [ids[0]!], reopened: [] });
        await at.others.settle(token, { replayed: [ids[0]!], reopened: [] });
        const late = { id: ids[0]!, letter: { code: 'x', reason: 'x' } };
        await at.others.settle(token, { replayed: [], reopened: [late] });
        expect(await states(connectorId)).toEqual(['replayed', 'replaying']);
      });
    });

    describe('ending', () => {
      it('discards open letters alone, and says how many', async () => {
        const { connectorId, stored } = await added(4);
        await at.deadLetters.claim({ connectorId, ids: [stored[0]!.id] }, 1);
        expect(await at.deadLetters.discard({ connectorId, ids: [stored[0]!.id, stored[1]!.id] })).toBe(1);
        expect(await at.others.discard({ connectorId })).toBe(2);
        expect(await at.deadLetters.discard({ connectorId })).toBe(0);
        expect(await states(connectorId)).toEqual(['replaying', 'discarded', 'discarded', 'discarded']);
      });

      it('forgets letters that were settled before a time, and no others', async () => {
        const { connectorId, stored } = await added(4);
        const ids = stored.map(({ id }) => id);
        const { token } = await at.deadLetters.claim({ connectorId, ids: ids.slice(0, 2) }, 2);
        await at.deadLetters.settle(token, { replayed: [ids[0]!], reopened: [] });
        await at.deadLetters.discard({ connectorId, ids: [ids[2]!] });
        await at.deadLetters.forget(Date.now() - 3_600_000);
        expect(await states(connectorId)).toHaveLength(4);
        expect(await at.deadLetters.forget(Date.now() + 3_600_000)).toBeGreaterThanOrEqual(2);
        const left = (await at.others.list({ connectorId, limit: 10 })).letters;
        expect(left.map(({ id, state }) => [id, state])).toEqual([
          [ids[1], 'replaying'],
          [ids[3], 'open'],
        ]);
      });
    });

    it('says that the database is unreachable', async () => {
      const { unreachable } = at;
      const selection = { connectorId: 'c' };
      const asked = await Promise.allSettled([
        unreachable.add([letter('c', 1)]),
        unreachable.positions('c', SHARD, '1', '2'),
        unreachable.list({ connectorId: 'c', limit: 1 }),
        unreachable.claim(selection, 1),
        unreachable.settle('00000000-0000-0000-0000-000000000000', { replayed: ['1'], reopened: [] }),
        unreachable.discard(selection),
        unreachable.forget(0),
      ]);
      expect(asked).toEqual(
        asked.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'database.unreachable' }) })),
      );
    });
  });
}
