import type { Job, JobState, JsonObject } from '../shared/job.js';

export interface NewJob {
  /** Never used before; left out: a random one. */
  readonly id?: string;
  readonly kind: string;
  readonly request: JsonObject;
  /** Name of the key that asks; idempotency keys of different callers are different. */
  readonly caller: string;
  /** The same key with the same request answers the first job again. */
  readonly idempotencyKey?: string;
}

export interface ListJobs {
  readonly kind: string;
  readonly state?: JobState;
  /** `next` of the page before. */
  readonly after?: string;
  readonly limit: number;
}

export interface JobPage {
  readonly jobs: readonly Job[];
  readonly next?: string;
}

/**
 * Jobs, for those who ask for them. They are durable: what was created is found by every process until it is removed.
 * A job is only ever found under its own kind. Every adapter passes test/contracts/jobs.contract.ts, together with
 * `JobQueue`, the same jobs for those who do them.
 *
 * @throws PenstockError `database.unreachable`
 */
export abstract class Jobs {
  /**
   * Records a job as `accepted`. Of racing calls with one idempotency key a single one creates.
   *
   * @returns the job, and whether this call created it
   * @throws PenstockError `idempotency-key.reused` when the key belongs to another request
   */
  abstract create(job: NewJob): Promise<{ readonly job: Job; readonly isNew: boolean }>;

  abstract find(kind: string, id: string): Promise<Job | undefined>;

  /** Newest first; jobs created meanwhile do not shift pages. */
  abstract list(request: ListJobs): Promise<JobPage>;

  /**
   * An accepted job is `cancelled` at once; a running one is asked to end, and ends when its worker has heard of it; a
   * finished one stays as it is.
   *
   * @returns the job as it is afterwards; undefined for none
   */
  abstract cancel(kind: string, id: string): Promise<Job | undefined>;

  /** Forgets a finished job. @returns false when there was none, or it is not finished */
  abstract remove(kind: string, id: string): Promise<boolean>;
}
