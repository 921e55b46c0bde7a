import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/ports/clock.port.js';
import { Jobs } from '../../domain/ports/jobs.port.js';
import { isFinished, type Job } from '../../domain/shared/job.js';
import { type RunView, runView, type WorkflowRequest } from '../../domain/workflow-gateway/run-view.js';
import { WorkflowLimits } from '../../domain/workflow-gateway/workflow-limits.js';
import { newRunId, WORKFLOW_RUN } from '../../domain/workflow-gateway/workflow-run.js';
import { JobWorker } from '../shared/job-worker.js';

export interface RunStarter {
  /** Name of the key that asks. */
  readonly caller: string;
  /** The same request with the same key is one run. */
  readonly idempotencyKey?: string;
  /** How long to wait for the end; 0 is not at all. Left out: as the settings say. */
  readonly waitMs?: number;
  /** Ends the waiting, not the run. */
  readonly signal?: AbortSignal;
}

/** Record a run, have it carried out, and wait for its end for as long as the caller does. */
export class StartWorkflowCommand extends Command<RunView> {
  constructor(
    readonly request: WorkflowRequest,
    readonly starter: RunStarter,
  ) {
    super();
  }
}

/** Pause between two looks at a run that another process carries out. */
const LOOK_MS = 250;
const NEVER = new AbortController().signal;

@CommandHandler(StartWorkflowCommand)
export class StartWorkflowHandler implements ICommandHandler<StartWorkflowCommand> {
  private readonly stopping = new AbortController();

  constructor(
    private readonly jobs: Jobs,
    private readonly worker: JobWorker,
    private readonly clock: Clock,
    private readonly limits: WorkflowLimits,
  ) {}

  /** The service stops: whoever waits is told where the run is found. */
  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  async execute({ request, starter }: StartWorkflowCommand): Promise<RunView> {
    const { caller, idempotencyKey, waitMs = this.limits.waitMs, signal = NEVER } = starter;
    const { job } = await this.jobs.create({
      id: newRunId(this.clock.nowMs()),
      kind: WORKFLOW_RUN,
      request: { ...request },
      caller,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
    this.worker.wake();
    return runView(await this.finished(job, waitMs, AbortSignal.any([signal, this.stopping.signal])));
  }

  /** The job when it is finished, or when the time to wait is over. */
  private async finished(started: Job, waitMs: number, signal: AbortSignal): Promise<Job> {
    const deadlineMs = this.clock.nowMs() + waitMs;
    let job = started;
    for (;;) {
      const leftMs = deadlineMs - this.clock.nowMs();
      if (isFinished(job) || leftMs <= 0 || signal.aborted) return job;
      await this.worker.hasten(WORKFLOW_RUN, job.id, AbortSignal.any([signal, AbortSignal.timeout(leftMs)]));
      job = (await this.jobs.find(WORKFLOW_RUN, job.id)) ?? job;
      if (!isFinished(job)) await this.clock.sleep(Math.min(LOOK_MS, Math.max(0, leftMs)), signal);
    }
  }
}
