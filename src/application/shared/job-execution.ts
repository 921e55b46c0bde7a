import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { HeldJob, JobOutcome, JobQueue } from '../../domain/ports/job-queue.port.js';
import type { Log } from '../../domain/ports/log.port.js';
import type { JobFailure, JobState, JsonObject } from '../../domain/shared/job.js';
import type { JobLimits } from '../../domain/shared/job-limits.js';
import type { JobRunner } from './job-runners.js';

export interface ExecutionPorts {
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: JobLimits;
}

/** Why the work is to end before its end. */
type Interruption = 'cancelled' | 'lost' | 'stopped';

/** Renewals within one lease: two may fail before the lease is lost. */
const RENEWALS_PER_LEASE = 3;

/** One job in the hands of this process: the work, its heartbeat, and what is written in the end. */
export class JobExecution {
  private readonly ending = new AbortController();
  private readonly done = new AbortController();
  private interruption: Interruption | undefined;
  private progress: JsonObject;
  private renewedAtMs: number;

  constructor(
    private readonly ports: ExecutionPorts,
    private readonly runner: JobRunner,
    private readonly held: HeldJob,
  ) {
    this.progress = held.progress;
    this.renewedAtMs = ports.clock.nowMs();
  }

  /** Hands the job back as soon as the work has ended. */
  stop(): void {
    this.interrupt('stopped');
  }

  /** @returns the state the job is left in; undefined where that is for others to say */
  async run(): Promise<JobState | undefined> {
    const beating = this.beat();
    const outcome = await this.work();
    this.done.abort();
    await beating;
    return this.settle(outcome);
  }

  private async work(): Promise<JobOutcome | undefined> {
    const context = { signal: this.ending.signal, report: (progress: JsonObject) => void (this.progress = progress) };
    try {
      const result = await this.runner.run(this.held, context);
      return { state: 'succeeded', progress: this.progress, result };
    } catch (cause) {
      if (this.interruption === 'cancelled') return { state: 'cancelled', progress: this.progress };
      return this.interruption === undefined ? this.failed(cause) : undefined;
    }
  }

  private failed(cause: unknown): JobOutcome {
    const { log } = this.ports;
    const fields = { job: this.held.id, kind: this.held.kind };
    if (cause instanceof PenstockError && cause.kind !== 'defect') {
      log.warning('A job failed', { ...fields, code: cause.code, reason: cause.message });
    } else log.error('A job failed by a defect', cause, fields);
    return { state: 'failed', progress: this.progress, error: failureOf(cause) };
  }

  /** Keeps the lease until the work is done, and hears of a cancellation. */
  private async beat(): Promise<void> {
    const { clock, limits } = this.ports;
    const pauseMs = Math.min(limits.pollMs, Math.floor(limits.leaseMs / RENEWALS_PER_LEASE));
    for (;;) {
      await clock.sleep(pauseMs, this.done.signal);
      if (this.done.signal.aborted || this.interruption === 'lost') return;
      await this.renew();
    }
  }

  private async renew(): Promise<void> {
    const { clock, queue, limits } = this.ports;
    const atMs = clock.nowMs();
    try {
      const beat = { leaseMs: limits.leaseMs, progress: this.progress };
      const { cancelRequested } = await queue.renew(this.held, beat);
      this.renewedAtMs = atMs;
      if (cancelRequested) this.interrupt('cancelled');
    } catch (cause) {
      // Whoever cannot be heard of for that long has to think that another process has begun.
      if (isLost(cause) || clock.nowMs() - this.renewedAtMs > limits.leaseMs) this.interrupt('lost');
      else this.warn('A job could not be renewed', cause);
    }
  }

  private interrupt(why: Interruption): void {
    this.interruption ??= why;
    if (why === 'lost') this.interruption = why;
    this.ending.abort();
  }

  private async settle(outcome: JobOutcome | undefined): Promise<JobState | undefined> {
    if (this.interruption === 'lost') return undefined;
    try {
      if (outcome === undefined) await this.ports.queue.release(this.held, this.progress);
      else await this.finish(outcome);
      return outcome?.state ?? 'accepted';
    } catch (cause) {
      // Another process will find the job with what this one has made of it.
      this.warn('How a job ended could not be written', cause);
      return undefined;
    }
  }

  /** The end of hours of work is worth more than one try, for as long as the job is surely ours. */
  private async finish(outcome: JobOutcome): Promise<void> {
    const { queue, clock, limits } = this.ports;
    for (;;) {
      try {
        return await queue.finish(this.held, outcome);
      } catch (cause) {
        if (isLost(cause) || clock.nowMs() - this.renewedAtMs > limits.leaseMs) throw cause;
      }
      await clock.sleep(Math.min(limits.pollMs, limits.leaseMs / RENEWALS_PER_LEASE));
    }
  }

  private warn(message: string, cause: unknown): void {
    this.ports.log.warning(message, { job: this.held.id, kind: this.held.kind, reason: reasonOf(cause) });
  }
}

const isLost = (cause: unknown): boolean => cause instanceof PenstockError && cause.code === 'lease.lost';

/** Words of a defect are for the log: they may tell how the service is built. */
function failureOf(cause: unknown): JobFailure {
  if (cause instanceof PenstockError && cause.kind !== 'defect') return { code: cause.code, message: cause.message };
  return { code: 'internal.defect', message: 'The service failed; its log tells why under the id of the job.' };
}

export const reasonOf = (cause: unknown): string =>
  cause instanceof PenstockError ? `${cause.code}: ${cause.message}` : String(cause);
