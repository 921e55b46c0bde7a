import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShardLeases } from '../../src/domain/ports/shard-leases.port.js';
import type { Lease } from '../../src/domain/stream-onboarding/lease.js';
import { freshName } from '../support/engine-of.js';

export interface ShardLeasesHarness {
  readonly leases: ShardLeases;
  /** As another process on the same store would hold it. */
  readonly others: ShardLeases;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: ShardLeases;
  /** That the engine decides conditions first and stores later: racers pass it. */
  readonly lacks?: readonly 'atomic conditions'[];
  close(): Promise<void>;
}

const SHARD = 'shardId-000000000000';

/** What every ShardLeases adapter promises. */
export function shardLeasesContract(engine: string, open: () => Promise<ShardLeasesHarness>): void {
  describe(`ShardLeases on ${engine}`, () => {
    let at: ShardLeasesHarness;
    beforeAll(async () => {
      at = await open();
    });
    afterAll(() => at.close());

    const only = async (connectorId: string): Promise<Lease> => {
      const leases = await at.leases.list(connectorId);
      expect(leases).toHaveLength(1);
      return leases[0]!;
    };
    const created = async (parentShardIds: readonly string[] = []): Promise<Lease> => {
      const connectorId = freshName('connector');
      await at.leases.create({ connectorId, shardId: SHARD, parentShardIds });
      return only(connectorId);
    };
    const taken = async (owner = 'worker-1'): Promise<Lease> => (await at.leases.take(await created(), owner))!;

    it('has no leases of a connector nobody has seen', async () => {
      expect(await at.leases.list(freshName('connector'))).toEqual([]);
    });

    it('creates a lease that nobody owns, before its first record', async () => {
      const lease = await created(['shardId-000000000007', 'shardId-000000000008']);
      expect(lease).toMatchObject({
        shardId: SHARD,
        checkpoint: 'AT_START',
        counter: 0,
        epoch: 0,
        progress: { rows: 0, bytes: 0, deadLetters: 0 },
      });
      expect([...lease.parentShardIds].sort()).toEqual(['shardId-000000000007', 'shardId-000000000008']);
      expect(lease.owner).toBeUndefined();
      expect(lease.pending).toBeUndefined();
    });

    it('leaves a lease that is there as it is', async () => {
      const held = await taken();
      await at.others.create({ connectorId: held.connectorId, shardId: SHARD, parentShardIds: ['other'] });
      expect(await only(held.connectorId)).toEqual(held);
    });

    it('keeps the leases of connectors apart, and lists them all, however many', async () => {
      const connectorId = freshName('connector');
      await created();
      const shardIds = Array.from({ length: 40 }, (_, index) => `shardId-${String(index).padStart(12, '0')}`);
      await Promise.all(shardIds.map((shardId) => at.leases.create({ connectorId, shardId, parentShardIds: [] })));
      const listed = await at.others.list(connectorId);
      expect(listed.map(({ shardId }) => shardId).sort()).toEqual(shardIds);
    });

    it('gives a lease to one of many who take it at once', async (context) => {
      if (at.lacks?.includes('atomic conditions')) return context.skip();
      const seen = await created();
      const owners = Array.from({ length: 8 }, (_, index) => `worker-${index}`);
      const results = await Promise.all(
        owners.map((owner, index) => (index % 2 ? at.leases : at.others).take(seen, owner)),
      );
      const winners = results.filter((lease) => lease !== undefined);
      expect(winners).toHaveLength(1);
      expect(winners[0]).toMatchObject({ epoch: 1, counter: 1 });
      expect(await only(seen.connectorId)).toEqual(winners[0]);
    });

    it('does not give away a lease that has been renewed since it was looked at', async () => {
      const held = await taken();
      const seen = await only(held.connectorId);
      await at.leases.write(held, {});
      expect(await at.others.take(seen, 'worker-2')).toBeUndefined();
      expect(await only(held.connectorId)).toMatchObject({ owner: 'worker-1', epoch: 1 });
    });

    it('counts up with every renewal', async () => {
      const held = await taken();
      const renewed = await at.leases.write(held, {});
      expect(renewed.counter).toBeGreaterThan(held.counter);
      expect((await at.leases.write(renewed, {})).counter).toBeGreaterThan(renewed.counter);
    });

    it('keeps checkpoint, pending range and progress as written, each by itself', async () => {
      const held = await taken();
      const pending = { first: '49590338271490256608559692538361571095921575989136588898', last: '5', records: 2 };
      const progress = {
        rows: 10,
        bytes: 1234,
        deadLetters: 1,
        lagMs: 1500,
        lagRecords: 7,
        lastFlushAtMs: 1_700_000_000_000,
        lastFlushReason: 'age' as const,
        stalled: 'ClickHouse does not answer.',
      };
      await at.leases.write(held, { pending });
      await at.leases.write(held, { progress });
      expect(await only(held.connectorId)).toMatchObject({ pending, progress, checkpoint: 'AT_START' });
      const checkpoint = { sequenceNumber: '49590338271490256608559692538361571095921575989136588898' };
      const after = await at.leases.write(held, {
        checkpoint,
        pending: null,
        progress: { rows: 1, bytes: 2, deadLetters: 3 },
      });
      expect(after).toMatchObject({ checkpoint });
      expect(after.pending).toBeUndefined();
      expect(after.progress).toEqual({ rows: 1, bytes: 2, deadLetters: 3 });
      expect(await only(held.connectorId)).toEqual(after);
    });

    it('keeps the end of a shard', async () => {
      const held = await taken();
      await at.leases.write(held, { checkpoint: 'SHARD_END' });
      expect((await only(held.connectorId)).checkpoint).toBe('SHARD_END');
    });

    it('lets the same write be repeated from the same lease', async () => {
      const held = await taken();
      const change = { checkpoint: { sequenceNumber: '7' }, pending: null };
      await at.leases.write(held, change);
      expect(await at.leases.write(held, change)).toMatchObject({ checkpoint: { sequenceNumber: '7' } });
    });

    it('lets writes of one owner cross one another', async () => {
      const held = await taken();
      await Promise.all([
        ...Array.from({ length: 5 }, () => at.leases.write(held, {})),
        at.leases.write(held, { checkpoint: { sequenceNumber: '9' } }),
      ]);
      expect(await only(held.connectorId)).toMatchObject({ checkpoint: { sequenceNumber: '9' }, owner: 'worker-1' });
    });

    it('refuses every write of an owner whose lease was taken, and writes nothing', async () => {
      const held = await taken();
      const theirs = (await at.others.take(await only(held.connectorId), 'worker-2'))!;
      expect(theirs).toMatchObject({ owner: 'worker-2', epoch: 2 });
      const late = { checkpoint: { sequenceNumber: '99' }, pending: { first: '1', last: '2', records: 2 } };
      await expect(at.leases.write(held, late)).rejects.toMatchObject({ code: 'lease.lost' });
      await expect(at.leases.write(held, {})).rejects.toMatchObject({ code: 'lease.lost' });
      expect(await only(held.connectorId)).toEqual(theirs);
    });

    it('refuses an owner that has lost the lease and a namesake that took it again', async () => {
      const held = await taken();
      const again = (await at.others.take(await only(held.connectorId), 'worker-1'))!;
      await expect(at.leases.write(held, {})).rejects.toMatchObject({ code: 'lease.lost' });
      expect(await at.others.write(again, {})).toMatchObject({ epoch: 2 });
    });

    it('keeps the watermarks of checkpoint and pending range apart, and each with its own', async () => {
      const held = await taken();
      expect(await only(held.connectorId)).not.toHaveProperty('watermarkMs');
      await at.leases.write(held, { pending: { first: '5', last: '9', records: 3, watermarkMs: 0 } });
      expect(await only(held.connectorId)).toMatchObject({ pending: { watermarkMs: 0 } });
      await at.leases.write(held, {
        checkpoint: { sequenceNumber: '9' },
        pending: null,
        watermarkMs: 1_700_000_000_123,
      });
      await at.leases.write(held, { pending: { first: '10', last: '11', records: 2 } });
      const now = await only(held.connectorId);
      expect(now).toMatchObject({ watermarkMs: 1_700_000_000_123, pending: { first: '10' } });
      expect(now.pending).not.toHaveProperty('watermarkMs');
    });

    it('hands the pending range and the checkpoint over to the next owner', async () => {
      const held = await taken();
      const pending = { first: '5', last: '9', records: 3 };
      await at.leases.write(held, { checkpoint: { sequenceNumber: '4' }, pending });
      const next = await at.others.take(await only(held.connectorId), 'worker-2');
      expect(next).toMatchObject({ checkpoint: { sequenceNumber: '4' }, pending });
    });

    it('gives a lease back, so that it can be taken at once, with what it holds', async () => {
      const held = await taken();
      const written = await at.leases.write(held, { checkpoint: { sequenceNumber: '4' } });
      await at.leases.release(written);
      const free = await only(held.connectorId);
      expect(free.owner).toBeUndefined();
      await expect(at.leases.write(written, {})).rejects.toMatchObject({ code: 'lease.lost' });
      const next = await at.others.take(free, 'worker-2');
      expect(next).toMatchObject({ owner: 'worker-2', epoch: 2, checkpoint: { sequenceNumber: '4' } });
    });

    it('takes a lease away from nobody when it is given back by somebody who lost it', async () => {
      const held = await taken();
      const theirs = (await at.others.take(await only(held.connectorId), 'worker-2'))!;
      await at.leases.release(held);
      expect(await only(held.connectorId)).toEqual(theirs);
    });

    it('removes leases, whoever owns them, and again', async () => {
      const held = await taken();
      await at.others.remove(held.connectorId, [SHARD, 'shardId-000000000099']);
      await at.others.remove(held.connectorId, [SHARD]);
      expect(await at.leases.list(held.connectorId)).toEqual([]);
      await expect(at.leases.write(held, {})).rejects.toMatchObject({ code: 'lease.lost' });
      await expect(at.leases.release(held)).resolves.toBeUndefined();
      expect(await at.leases.take(held, 'worker-2')).toBeUndefined();
    });

    it('says that the store is unreachable', async () => {
      const held = await taken();
      const { unreachable } = at;
      const asked = await Promise.allSettled([
        unreachable.list('c'),
        unreachable.create({ connectorId: 'c', shardId: 's', parentShardIds: [] }),
        unreachable.take(held, 'w'),
        unreachable.write(held, {}),
        unreachable.release(held),
        unreachable.remove('c', ['s']),
      ]);
      expect(asked).toEqual(
        asked.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'store.unreachable' }) })),
      );
    });
  });
}
