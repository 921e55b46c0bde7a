import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { Log } from '../../domain/ports/log.port.js';
import type { RunLog } from '../../domain/ports/run-log.port.js';
import type { WorkflowRunner } from '../../domain/ports/workflow-runner.port.js';
import type { Job, JsonObject } from '../../domain/shared/job.js';
import { newLogEntries } from '../../domain/workflow-gateway/new-log-entries.js';
import { orchestratorResult } from '../../domain/workflow-gateway/orchestrator-answer.js';
import type { RunLogLimits } from '../../domain/workflow-gateway/run-log-limits.js';
import type { WorkflowLimits } from '../../domain/workflow-gateway/workflow-limits.js';
import { WORKFLOW_RUN } from '../../domain/workflow-gateway/workflow-run.js';
import type { JobContext, JobRunner } from '../shared/job-runners.js';

export interface WorkflowRunPorts {
  readonly workflows: WorkflowRunner;
  readonly runLog: RunLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: WorkflowLimits;
  readonly logLimits: RunLogLimits;
}

/** How long an answer that is on its way is still waited for when the process stops, or the run is cancelled. */
const LAST_WAIT_MS = 2000;

/**
 * Does one run: the orchestrator is invoked once, whatever happens. Who takes a run up after a process that had invoked it
 * has stopped cannot know how it ended, and says so.
 */
export class WorkflowRunRunner implements JobRunner {
  readonly kind = WORKFLOW_RUN;
  readonly maxAttempts = 1;

  constructor(private readonly ports: WorkflowRunPorts) {}

  get concurrency(): number {
    return this.ports.limits.concurrency;
  }

  get keepMs(): number {
    return this.ports.limits.keepMs;
  }

  async run({ id, request, progress }: Job, { signal, report }: JobContext): Promise<JsonObject> {
    if (progress['invoked'] === true) throw outcomeUnknown();
    await this.prepareLog(id);
    signal.throwIfAborted();
    report({ invoked: true });
    return orchestratorResult(await this.invoke({ run_id: id, ...request }, signal));
  }

  private async invoke(event: JsonObject & { readonly run_id: string }, signal: AbortSignal): Promise<unknown> {
    const patience = new AbortController();
    const leave = (): void => {
      void this.ports.clock.sleep(LAST_WAIT_MS).then(() => patience.abort());
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await this.ports.workflows.invoke(event, patience.signal);
    } catch (cause) {
      if (!signal.aborted && cause instanceof PenstockError) await this.tell(event.run_id, cause);
      throw cause;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** The table of logs is made on its first use, which may be the orchestrator's. A run does not fail for want of a log. */
  private async prepareLog(runId: string): Promise<void> {
    await this.ports.runLog.read(runId, { limit: 1 }).catch((cause: unknown) => this.warn(runId, cause));
  }

  /** A function that ended early could not write how. */
  private async tell(runId: string, { code, message }: PenstockError): Promise<void> {
    const { clock, runLog, logLimits } = this.ports;
    const nowMs = clock.nowMs();
    const entries = newLogEntries([{ type: 'error', title: 'Run failed', description: `${code}: ${message}` }], nowMs);
    await runLog.append(runId, entries, nowMs + logLimits.keepMs).catch((cause: unknown) => this.warn(runId, cause));
  }

  private warn(run: string, cause: unknown): void {
    const code = cause instanceof PenstockError ? cause.code : 'internal.defect';
    this.ports.log.warning('The log of a run could not be kept', { run, code });
  }
}

function outcomeUnknown(): PenstockError {
  const message = 'The process that waited for the orchestrator stopped. How the run ended, its log may tell.';
  return new PenstockError('run.outcome-unknown', message);
}
