import type { Lease } from './lease.js';

/** When this worker saw a lease change last, by its own clock: clocks of different machines are never compared. */
export interface LeaseObservation {
  readonly owner: string | undefined;
  readonly counter: number;
  readonly epoch: number;
  readonly changedAtMs: number;
}

export type LeaseObservations = ReadonlyMap<string, LeaseObservation>;

/** One lease among those of all connectors. */
export function leaseKey({ connectorId, shardId }: Pick<Lease, 'connectorId' | 'shardId'>): string {
  return `${connectorId}\n${shardId}`;
}

/** What was known, brought up to date by what has just been read; leases that are gone are forgotten. */
export function observeLeases(known: LeaseObservations, leases: readonly Lease[], nowMs: number): LeaseObservations {
  return new Map(
    leases.map((lease) => {
      const { owner, counter, epoch } = lease;
      const before = known.get(leaseKey(lease));
      const same = before?.owner === owner && before?.counter === counter && before.epoch === epoch;
      return [leaseKey(lease), same ? before : { owner, counter, epoch, changedAtMs: nowMs }];
    }),
  );
}

export interface LeaseSituation {
  /** All leases of all connectors this worker may serve. */
  readonly leases: readonly Lease[];
  readonly observations: LeaseObservations;
  /** This worker. */
  readonly worker: string;
  readonly nowMs: number;
  /** A lease that has not changed for so long has a dead owner. */
  readonly leaseDurationMs: number;
  /** The most leases this worker can serve at once. */
  readonly maxLeases: number;
}

export interface LeasePlan {
  /** To be taken now, in this order; somebody else may be faster, which is no harm. */
  readonly take: readonly Lease[];
  /** Of those, the one that is taken from a living worker which has more than its share. */
  readonly stolen?: Lease;
  /** Shards to be read now, and how many of them are this worker's share. */
  readonly eligible: number;
  readonly share: number;
}

/**
 * The rules of the Kinesis Client Library: free and expired leases are taken up to an even share; a worker that finds none
 * and has two less than the busiest takes one from it, one at a time. Looked at again and again by everyone, the shards
 * are spread so that no two workers differ by more than one.
 */
export function planLeases(situation: LeaseSituation): LeasePlan {
  const { leases, worker, maxLeases } = situation;
  const eligible = eligibleLeases(leases);
  const held = leasesByWorker(eligible.filter((lease) => isHeld(lease, situation)));
  const mine = held.get(worker)?.length ?? 0;
  const workers = held.size + (held.has(worker) ? 0 : 1);
  const share = Math.min(maxLeases, Math.ceil(eligible.length / workers));
  const free = eligible.filter((lease) => !isHeld(lease, situation));
  const take = inOwnOrder(free, worker).slice(0, Math.max(0, share - mine));
  if (take.length > 0 || mine >= maxLeases) return { take, eligible: eligible.length, share };
  const stolen = leaseToSteal(held, worker, mine);
  return { take: stolen ? [stolen] : [], ...(stolen && { stolen }), eligible: eligible.length, share };
}

/** Leases of shards that are not done and whose parents, as far as they still exist, are. */
export function eligibleLeases(leases: readonly Lease[]): Lease[] {
  const unfinished = new Set(leases.filter(({ checkpoint }) => checkpoint !== 'SHARD_END').map(leaseKey));
  return leases.filter((lease) => {
    const { connectorId, parentShardIds } = lease;
    const waits = parentShardIds.some((shardId) => unfinished.has(leaseKey({ connectorId, shardId })));
    return unfinished.has(leaseKey(lease)) && !waits;
  });
}

/** A worker's own leases are its own until somebody takes them; whether they were renewed in time, the store decides. */
function isHeld(lease: Lease, { observations, worker, nowMs, leaseDurationMs }: LeaseSituation): boolean {
  if (lease.owner === undefined) return false;
  if (lease.owner === worker) return true;
  const seen = observations.get(leaseKey(lease));
  return seen === undefined || nowMs - seen.changedAtMs < leaseDurationMs;
}

function leasesByWorker(leases: readonly Lease[]): Map<string, Lease[]> {
  const byWorker = new Map<string, Lease[]>();
  for (const lease of leases) {
    const owner = lease.owner ?? '';
    byWorker.set(owner, [...(byWorker.get(owner) ?? []), lease]);
  }
  return byWorker;
}

function leaseToSteal(held: ReadonlyMap<string, Lease[]>, worker: string, mine: number): Lease | undefined {
  const others = [...held].filter(([owner]) => owner !== worker);
  const [, most] = others.reduce<[string, Lease[]]>((a, b) => (b[1].length > a[1].length ? b : a), ['', []]);
  return most.length - mine >= 2 ? inOwnOrder(most, worker)[0] : undefined;
}

/** An order that differs from worker to worker, so that those who start together do not all reach for the same. */
function inOwnOrder(leases: readonly Lease[], worker: string): Lease[] {
  const ranked = leases.map((lease) => ({ lease, rank: hash(`${worker}\n${leaseKey(lease)}`) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ lease }) => lease);
}

/** FNV-1a, with a final mix: short and even; nothing depends on it but the order. */
function hash(text: string): number {
  let value = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01_00_01_93);
  value = Math.imul(value ^ (value >>> 16), 0x45_d9_f3_b);
  return (value ^ (value >>> 16)) >>> 0;
}
