import type { Job, JsonObject } from '../../domain/shared/job.js';

export interface JobContext {
  /**
   * Aborted when the work is to end: cancelled, in other hands, or the process stops. What the runner then throws is not
   * taken for a failure. Whatever it had made so far must be left so that the work can be taken up again.
   */
  readonly signal: AbortSignal;
  /** Tells how far the work is; written with the next heartbeat. */
  readonly report: (progress: JsonObject) => void;
}

/** How one kind of job is done. */
export interface JobRunner {
  readonly kind: string;
  /** Jobs of this kind that one process does at once. */
  readonly concurrency: number;
  /** Processes that may die over one job; 1 where the work must never be done twice. */
  readonly maxAttempts: number;
  /** How long finished jobs are kept. */
  readonly keepMs: number;
  /**
   * Does the work, and answers the job's result. It may have been begun by a process that died.
   *
   * @throws PenstockError which becomes the job's error; anything else is a defect
   */
  run(job: Job, context: JobContext): Promise<JsonObject>;
  /** Removes what jobs have left that are known no longer; called now and then. */
  tidy?(): Promise<void>;
}

/** The kinds of jobs this process knows to do; each capability registers its own. */
export class JobRunners {
  private readonly byKind = new Map<string, JobRunner>();

  register(runner: JobRunner): void {
    this.byKind.set(runner.kind, runner);
  }

  all(): JobRunner[] {
    return [...this.byKind.values()];
  }

  of(kind: string): JobRunner | undefined {
    return this.byKind.get(kind);
  }
}
