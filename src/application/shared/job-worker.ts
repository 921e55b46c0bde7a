import type { ClaimableKind, HeldJob } from '../../domain/ports/job-queue.port.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import { type ExecutionPorts, JobExecution, reasonOf } from './job-execution.js';
import type { JobRunner, JobRunners } from './job-runners.js';

export interface JobWorkerPorts extends ExecutionPorts {
  readonly runners: JobRunners;
  readonly metrics: Metrics;
}

/** Does jobs of every registered kind for as long as the process runs, beside the workers of other processes. */
export class JobWorker {
  private readonly stopping = new AbortController();
  private waking = new AbortController();
  private readonly running = new Map<string, { readonly execution: JobExecution; readonly kind: string }>();
  private readonly ends = new Map<string, Promise<void>>();
  private loops: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly id: string,
    private readonly ports: JobWorkerPorts,
  ) {}

  start(): void {
    this.loops = Promise.all([this.take(), this.sweep()]);
  }

  /** Looks for jobs now, instead of at the next turn. */
  wake(): void {
    this.waking.abort();
  }

  /** Ends the work at its next safe place and hands the jobs back, so that others take them up at once. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    for (const { execution } of this.running.values()) execution.stop();
    await Promise.all([...this.ends.values(), this.loops]);
    await Promise.all(this.ends.values()); // one that was claimed while the loop was ending
  }

  /**
   * Does one job here, unless somebody does it already; for a process that waits for it and cannot know of a worker.
   *
   * @returns whether it was done here
   */
  async doOne(kind: string, id: string, signal: AbortSignal): Promise<boolean> {
    const runner = this.ports.runners.of(kind);
    const held = runner && (await this.claim([runner], id));
    if (runner === undefined || held === undefined) return false;
    const stop = (): void => this.running.get(id)?.execution.stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const end = this.execute(runner, held);
      if (signal.aborted) stop();
      await end;
    } finally {
      signal.removeEventListener('abort', stop);
    }
    return true;
  }

  /**
   * Begins one job now, if nobody has and there is room for it here, for a caller who waits for its end. The work goes on
   * when the caller does not wait any longer.
   *
   * @returns when the job has ended here, or nothing of it is done here, or the signal is aborted
   */
  async hasten(kind: string, id: string, signal: AbortSignal): Promise<void> {
    const runner = this.ports.runners.of(kind);
    if (runner !== undefined && !this.ends.has(id) && this.runningOf(kind) < runner.concurrency) {
      const held = await this.claim([runner], id);
      if (held !== undefined) void this.begin(runner, held);
    }
    const left = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    if (!signal.aborted) await Promise.race([this.ends.get(id), left]);
  }

  private async take(): Promise<void> {
    const { clock, limits, log } = this.ports;
    while (!this.stopping.signal.aborted) {
      this.waking = new AbortController();
      try {
        if (await this.takeOne()) continue;
      } catch (cause) {
        log.warning('Jobs could not be looked for', { reason: reasonOf(cause) });
      }
      await clock.sleep(limits.pollMs, AbortSignal.any([this.stopping.signal, this.waking.signal]));
    }
  }

  private async takeOne(): Promise<boolean> {
    const free = this.ports.runners.all().filter(({ kind, concurrency }) => this.runningOf(kind) < concurrency);
    const held = free.length === 0 ? undefined : await this.claim(free);
    const runner = held && this.ports.runners.of(held.kind);
    if (held === undefined || runner === undefined) return false;
    void this.begin(runner, held);
    return true;
  }

  private begin(runner: JobRunner, held: HeldJob): Promise<void> {
    const end = this.execute(runner, held).finally(() => {
      this.ends.delete(held.id);
      this.wake();
    });
    this.ends.set(held.id, end);
    return end;
  }

  private claim(runners: readonly JobRunner[], id?: string): Promise<HeldJob | undefined> {
    const kinds: ClaimableKind[] = runners.map(({ kind, maxAttempts }) => ({ kind, maxAttempts }));
    const { queue, limits } = this.ports;
    return queue.claim({ kinds, worker: this.id, leaseMs: limits.leaseMs, ...(id !== undefined && { id }) });
  }

  private async execute(runner: JobRunner, held: HeldJob): Promise<void> {
    const { clock, log, metrics } = this.ports;
    const { id, kind } = held;
    const execution = new JobExecution(this.ports, runner, held);
    this.running.set(id, { execution, kind });
    if (this.stopping.signal.aborted) execution.stop();
    log.info('A job begins', { job: id, kind, attempt: held.attempts });
    metrics.add('penstock_jobs_running', { kind }, 1);
    const startMs = clock.nowMs();
    const state = (await execution.run()) ?? 'lost';
    this.running.delete(id);
    metrics.add('penstock_jobs_running', { kind }, -1);
    metrics.count('penstock_jobs_total', { kind, state });
    log.info('A job is over here', { job: id, kind, state, ms: clock.nowMs() - startMs });
  }

  /** Not at once: nothing is urgent about it, and at a first start the table of jobs is still being made. */
  private async sweep(): Promise<void> {
    const { clock, limits, log, queue, runners } = this.ports;
    for (;;) {
      await clock.sleep(limits.sweepMs, this.stopping.signal);
      if (this.stopping.signal.aborted) return;
      for (const runner of runners.all()) {
        try {
          await queue.forget(runner.kind, runner.keepMs);
          await runner.tidy?.();
        } catch (cause) {
          log.warning('Finished jobs could not be cleared', { kind: runner.kind, reason: reasonOf(cause) });
        }
      }
    }
  }

  private runningOf(kind: string): number {
    return [...this.running.values()].filter((each) => each.kind === kind).length;
  }
}
