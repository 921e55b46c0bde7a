import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../../src/domain/stream-onboarding/lease.js';
import {
  eligibleLeases,
  leaseKey,
  type LeaseObservations,
  observeLeases,
  planLeases,
} from '../../../../src/domain/stream-onboarding/lease-plan.js';
import { missingLeases, servedLeases } from '../../../../src/domain/stream-onboarding/missing-leases.js';
import { startPosition } from '../../../../src/domain/stream-onboarding/start-position.js';

function lease(shardId: string, change: Partial<Lease> = {}): Lease {
  const progress = { rows: 0, bytes: 0, deadLetters: 0 };
  return {
    connectorId: 'c',
    shardId,
    parentShardIds: [],
    checkpoint: 'AT_START',
    counter: 0,
    epoch: 0,
    progress,
    ...change,
  };
}

const owned = (owner: string, ...shards: readonly string[]): Lease[] => shards.map((shard) => lease(shard, { owner }));
const names = (leases: readonly Lease[]): string[] => leases.map(({ shardId }) => shardId).sort();

/** A plan of worker `me`, who has seen all leases change just now. */
function plan(
  leases: readonly Lease[],
  change: Partial<Parameters<typeof planLeases>[0]> = {},
): ReturnType<typeof planLeases> {
  const observations = observeLeases(new Map(), leases, 0);
  return planLeases({
    leases,
    observations,
    worker: 'me',
    nowMs: 0,
    leaseDurationMs: 10_000,
    maxLeases: 100,
    ...change,
  });
}

describe('planLeases', () => {
  it('takes all that is free when there is nobody else', () => {
    expect(names(plan([lease('1'), lease('2'), lease('3')]).take)).toEqual(['1', '2', '3']);
  });

  it('takes no more of what is free than an even share', () => {
    const { take, share } = plan([...owned('you', '1', '2'), lease('3'), lease('4'), lease('5')]);
    expect([take.length, share]).toEqual([3, 3]);
    expect(
      plan([...owned('you', '1'), ...owned('me', '2'), lease('3'), lease('4'), lease('5'), lease('6')]).take,
    ).toHaveLength(2);
  });

  it('takes no more than it can serve', () => {
    expect(plan([lease('1'), lease('2'), lease('3')], { maxLeases: 2 }).take).toHaveLength(2);
    expect(plan([...owned('you', '1', '2', '3', '4', '5'), ...owned('me', '6')], { maxLeases: 1 }).take).toEqual([]);
  });

  it('steals one from the busiest when nothing is free and the busiest has two more', () => {
    const { take, stolen } = plan([...owned('you', '1', '2', '3'), ...owned('they', '4', '5')]);
    expect(take).toEqual([stolen]);
    expect(stolen?.owner).toBe('you');
  });

  it('leaves a difference of one alone, so that leases do not wander', () => {
    expect(plan([...owned('you', '1', '2'), ...owned('me', '3')]).take).toEqual([]);
  });

  it('takes the leases of an owner that has stood still for the lease duration, by its own clock', () => {
    const leases = owned('dead', '1', '2');
    const observations = observeLeases(observeLeases(new Map(), leases, 100), leases, 5000);
    expect(plan(leases, { observations, nowMs: 10_099 }).take.length).toBeLessThan(2);
    expect(names(plan(leases, { observations, nowMs: 10_100 }).take)).toEqual(['1', '2']);
  });

  it('never takes its own leases from itself', () => {
    const leases = owned('me', '1');
    expect(plan(leases, { observations: observeLeases(new Map(), leases, 0), nowMs: 99_999 }).take).toEqual([]);
  });

  it('gives a lease it has never seen before the benefit of the doubt', () => {
    expect(plan(owned('you', '1'), { observations: new Map(), nowMs: 99_999 }).take).toEqual([]);
  });

  it('counts only shards that can be read now', () => {
    const leases = [
      lease('done', { checkpoint: 'SHARD_END', owner: 'you' }),
      lease('parent'),
      lease('child', { parentShardIds: ['parent'] }),
    ];
    expect(plan(leases)).toMatchObject({ take: [{ shardId: 'parent' }], eligible: 1 });
  });

  it('spreads the leases of several connectors together', () => {
    const leases = ['a', 'b', 'c', 'd'].map((connectorId) => lease('1', { connectorId }));
    expect(
      plan([...leases.slice(0, 2).map((held) => ({ ...held, owner: 'you' })), ...leases.slice(2)]).take,
    ).toHaveLength(2);
  });
});

describe('observeLeases', () => {
  it('keeps the time of the last change, and starts again when owner, counter or epoch moves', () => {
    const first = lease('1', { owner: 'a', counter: 1, epoch: 1 });
    const known = observeLeases(new Map(), [first], 10);
    const changedAt = (next: Lease): number | undefined =>
      observeLeases(known, [next], 20).get(leaseKey(next))?.changedAtMs;
    expect(changedAt({ ...first })).toBe(10);
    expect(changedAt({ ...first, counter: 2 })).toBe(20);
    expect(changedAt({ ...first, epoch: 2 })).toBe(20);
    expect(changedAt({ ...first, owner: 'b' })).toBe(20);
    expect(observeLeases(known, [], 20).size).toBe(0);
  });
});

describe('eligibleLeases', () => {
  const family = (left: Partial<Lease>, right: Partial<Lease>): string[] =>
    names(
      eligibleLeases([
        lease('left', left),
        lease('right', right),
        lease('merged', { parentShardIds: ['left', 'right', 'gone'] }),
      ]),
    );

  it('lets a child begin only after both of its parents', () => {
    expect(family({}, {})).toEqual(['left', 'right']);
    expect(family({ checkpoint: 'SHARD_END' }, {})).toEqual(['right']);
    expect(family({ checkpoint: 'SHARD_END' }, { checkpoint: 'SHARD_END' })).toEqual(['merged']);
  });

  it('knows shards of other connectors apart', () => {
    const leases = [lease('1', { connectorId: 'other' }), lease('2', { parentShardIds: ['1'] })];
    expect(names(eligibleLeases(leases))).toEqual(['1', '2']);
  });
});

/** Several workers on one table of leases, each with its own clock and memory. */
class Fleet {
  readonly observations = new Map<string, LeaseObservations>();
  leases: Lease[];
  nowMs = 0;
  thefts = 0;

  constructor(count: number) {
    this.leases = Array.from({ length: count }, (_, index) => lease(String(index)));
  }

  /** Everyone looks at the same moment, renews what it has, and takes what it planned if it is still as it was seen. */
  round(workers: readonly string[]): void {
    this.nowMs += 5000;
    const seen = this.leases;
    const plans = workers.map((worker) => {
      const skewMs = this.nowMs + worker.length * 1_000_000;
      const observations = observeLeases(this.observations.get(worker) ?? new Map(), seen, skewMs);
      this.observations.set(worker, observations);
      return {
        worker,
        plan: planLeases({
          leases: seen,
          observations,
          worker,
          nowMs: skewMs,
          leaseDurationMs: 15_000,
          maxLeases: 1000,
        }),
      };
    });
    for (const {
      worker,
      plan: { take, stolen },
    } of plans) {
      if (stolen) this.thefts += 1;
      const keys = new Set(take.map(leaseKey));
      this.leases = this.leases.map((now, index) => {
        const unchanged = now === seen[index];
        return keys.has(leaseKey(now)) && unchanged
          ? { ...now, owner: worker, counter: now.counter + 1, epoch: now.epoch + 1 }
          : now;
      });
    }
    this.leases = this.leases.map((now) =>
      workers.includes(now.owner ?? '') ? { ...now, counter: now.counter + 1 } : now,
    );
  }

  rounds(count: number, workers: readonly string[]): void {
    for (let round = 0; round < count; round++) this.round(workers);
  }

  spread(workers: readonly string[]): number {
    const counts = workers.map((worker) => this.leases.filter(({ owner }) => owner === worker).length);
    const free = this.leases.length - counts.reduce((sum, count) => sum + count, 0);
    return free > 0 ? Number.POSITIVE_INFINITY : Math.max(...counts) - Math.min(...counts);
  }
}

describe('a fleet of workers', () => {
  const names5 = ['a', 'bb', 'ccc', 'dddd', 'eeeee'];
  const fleet = fc.record({
    shards: fc.integer({ min: 1, max: 40 }),
    first: fc.integer({ min: 1, max: 5 }),
    later: fc.integer({ min: 1, max: 5 }),
  });

  it('spreads the shards evenly, whoever joins or dies, and then leaves them where they are', () => {
    fc.assert(
      fc.property(fleet, ({ shards, first, later }) => {
        const table = new Fleet(shards);
        for (const workers of [names5.slice(0, first), names5.slice(-later)]) {
          table.rounds(shards + 10, workers);
          expect(table.spread(workers)).toBeLessThanOrEqual(1);
          const owners = table.leases.map(({ owner }) => owner);
          table.rounds(5, workers);
          expect(table.leases.map(({ owner }) => owner)).toEqual(owners);
        }
      }),
    );
  });

  it('moves no more shards to a newcomer than its share', () => {
    const table = new Fleet(12);
    table.rounds(20, ['a']);
    table.rounds(40, ['a', 'bb', 'ccc']);
    expect([table.spread(['a', 'bb', 'ccc']), table.thefts]).toEqual([0, 8]);
  });
});

describe('startPosition', () => {
  const connector = { startFrom: { atMs: 77 } } as const;

  it('goes on behind the checkpoint', () => {
    const held = lease('1', { checkpoint: { sequenceNumber: '3' } });
    expect(startPosition(held, connector)).toEqual({ kind: 'after', sequenceNumber: '3' });
  });

  it('goes on behind what it has read itself, which is later than its checkpoint', () => {
    const held = lease('1', { checkpoint: { sequenceNumber: '3' } });
    expect(startPosition(held, connector, '5')).toEqual({ kind: 'after', sequenceNumber: '5' });
  });

  it('begins where the connector was told to', () => {
    expect(startPosition(lease('1'), { startFrom: 'TRIM_HORIZON' })).toEqual({ kind: 'trim-horizon' });
    expect(startPosition(lease('1'), connector)).toEqual({ kind: 'at-time', ms: 77 });
  });
});

describe('missingLeases', () => {
  const shards = [
    { shardId: 'grandchild', parentShardIds: ['child', 'other'] },
    { shardId: 'child', parentShardIds: ['trimmed'] },
    { shardId: 'other', parentShardIds: [] },
  ];

  it('creates parents before children', () => {
    expect(missingLeases('c', shards, []).map(({ shardId }) => shardId)).toEqual(['child', 'other', 'grandchild']);
  });

  it('creates only what is not there', () => {
    expect(missingLeases('c', shards, [lease('child'), lease('other')])).toEqual([
      { connectorId: 'c', shardId: 'grandchild', parentShardIds: ['child', 'other'] },
    ]);
  });

  it('survives shards that name each other as parents', () => {
    const circle = [
      { shardId: 'a', parentShardIds: ['b'] },
      { shardId: 'b', parentShardIds: ['a'] },
    ];
    expect(missingLeases('c', circle, [])).toHaveLength(2);
  });

  it('lets go of leases whose shard is done and gone', () => {
    const leases = [
      lease('gone', { checkpoint: 'SHARD_END' }),
      lease('child', { checkpoint: 'SHARD_END' }),
      lease('lost'),
    ];
    expect(servedLeases(shards, leases)).toEqual(['gone']);
  });
});
