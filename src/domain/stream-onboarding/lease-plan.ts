import type { Lease } from './lease.js';

/** When a lease was last seen to move, by the clock of the observer alone: workers need no common time. */
export interface LeaseObservation {
  readonly owner: string | undefined;
  readonly counter: number;
  readonly epoch: number;
  readonly sinceMs: number;
}

export type LeaseObservations = ReadonlyMap<string, LeaseObservation>;

export interface LeaseSituation {
  readonly leases: readonly Lease[];
  /** The worker that plans. */
  readonly owner: string;
  readonly nowMs: number;
  readonly leaseMs: number;
  readonly observations: LeaseObservations;
}

/** A lease's place among all leases. */
export const leaseKey = ({ connectorId, shardId }: Pick<Lease, 'connectorId' | 'shardId'>): string =>
  `${connectorId}/${shardId}`;

/** Notes which leases moved since the last look. What is seen for the first time counts as having moved now. */
export function observeLeases(before: LeaseObservations, leases: readonly Lease[], nowMs: number): LeaseObservations {
  return new Map(
    leases.map((lease) => {
      const { owner, counter, epoch } = lease;
      const seen = before.get(leaseKey(lease));
      const still = seen !== undefined && seen.owner === owner && seen.counter === counter && seen.epoch === epoch;
      return [leaseKey(lease), { owner, counter, epoch, sinceMs: still ? seen.sinceMs : nowMs }];
    }),
  );
}

/**
 * The leases this worker should take now, as the Kinesis Client Library does it: free ones and those of dead workers up
 * to a fair share; where there are none, one of the worker that has most, if that has at least two more.
 *
 * A shard may be copied only when all of its parents are copied to their end (or are gone from the stream): after a split
 * the child follows its parent, after a merge it follows both.
 */
export function planLeases(situation: LeaseSituation): Lease[] {
  const { owner, leases } = situation;
  const open = eligibleLeases(leases);
  const isFree = (lease: Lease): boolean => lease.owner === undefined || isExpired(lease, situation);
  const held = countByOwner(open.filter((lease) => !isFree(lease)));
  const mine = held.get(owner) ?? 0;
  const workers = held.has(owner) ? held.size : held.size + 1;
  const share = Math.ceil(open.length / workers);
  if (mine >= share) return [];
  const free = open.filter(isFree).sort((a, b) => rank(owner, a) - rank(owner, b));
  if (free.length > 0) return free.slice(0, share - mine);
  const [most, count] = mostLoaded(held, owner);
  if (count < mine + 2) return [];
  return open.filter((lease) => lease.owner === most).slice(0, 1);
}

/** Leases whose shard is neither copied to its end nor waiting for a parent. */
export function eligibleLeases(leases: readonly Lease[]): Lease[] {
  const unfinished = new Set(leases.filter(({ checkpoint }) => checkpoint !== 'SHARD_END').map(leaseKey));
  return leases.filter(
    (lease) =>
      unfinished.has(leaseKey(lease)) &&
      lease.parentShardIds.every((shardId) => !unfinished.has(leaseKey({ connectorId: lease.connectorId, shardId }))),
  );
}

function isExpired(lease: Lease, { observations, nowMs, leaseMs }: LeaseSituation): boolean {
  const seen = observations.get(leaseKey(lease));
  return seen !== undefined && nowMs - seen.sinceMs >= leaseMs;
}

function countByOwner(leases: readonly Lease[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { owner } of leases) if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return counts;
}

function mostLoaded(held: ReadonlyMap<string, number>, except: string): [string | undefined, number] {
  let most: [string | undefined, number] = [undefined, 0];
  for (const [owner, count] of held) if (owner !== except && count > most[1]) most = [owner, count];
  return most;
}

/** An order of its own for every worker, so that several do not reach for the same lease first. FNV-1a. */
function rank(owner: string, lease: Lease): number {
  let hash = 0x811c9dc5;
  for (const character of `${owner}|${leaseKey(lease)}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash;
}
