import type { Job, JobEnd, JobFailure, JsonObject } from '../shared/job.js';

/** A kind of job somebody wants to work on. */
export interface ClaimableKind {
  readonly kind: string;
  /** A job that this many processes died over is not given to another, but failed. 1: it is done at most once. */
  readonly maxAttempts: number;
}

export interface ClaimJob {
  readonly kinds: readonly ClaimableKind[];
  /** Who asks; for operators. */
  readonly worker: string;
  /** How long the claim holds without a heartbeat. */
  readonly leaseMs: number;
  /** This job and no other. */
  readonly id?: string;
}

/** A job in the hands of one process. */
export interface HeldJob extends Job {
  /** Grows with every claim: what an earlier holder writes is refused. */
  readonly fence: string;
}

export interface JobOutcome {
  readonly state: JobEnd;
  readonly progress: JsonObject;
  readonly result?: JsonObject;
  readonly error?: JobFailure;
}

/**
 * Jobs, for the processes that do them: each job is in the hands of at most one, and passes to another one when its
 * holder has not been heard of for the duration of its lease. Leases are measured by the clock of the store alone.
 *
 * @throws PenstockError `lease.lost` when the job has another holder, or none, by now; `database.unreachable`
 */
export abstract class JobQueue {
  /**
   * Takes the oldest job of these kinds that is accepted, or whose holder is dead. Of the dead ones, those that were to be
   * cancelled become `cancelled`, and those with no attempt left `failed` (`job.abandoned`), instead of being taken.
   *
   * @returns undefined when there is none
   */
  abstract claim(request: ClaimJob): Promise<HeldJob | undefined>;

  /** Keeps the job for another `leaseMs`, and tells how far it is. */
  abstract renew(
    held: HeldJob,
    beat: { readonly leaseMs: number; readonly progress: JsonObject },
  ): Promise<{ readonly cancelRequested: boolean }>;

  /** Ends the job for good. Repeating it with the same state is no error: the first answer may have been lost. */
  abstract finish(held: HeldJob, outcome: JobOutcome): Promise<void>;

  /** Gives the job back, to be taken by anybody at once; the attempt does not count. One to be cancelled is cancelled. */
  abstract release(held: HeldJob, progress: JsonObject): Promise<void>;

  /** Forgets jobs of a kind that finished longer ago than this. @returns how many */
  abstract forget(kind: string, finishedMoreThanMsAgo: number): Promise<number>;
}
