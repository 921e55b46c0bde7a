import type { Job, JobFailure, JobState, JsonObject } from '../shared/job.js';
import { logIdOf } from './workflow-run.js';

/** What somebody wants done. */
export interface WorkflowRequest {
  /** In words. */
  readonly prompt: string;
  readonly source_tables?: readonly string[];
  readonly target_table?: string;
}

/** A run, for people and programs. */
export interface RunView extends WorkflowRequest {
  readonly run_id: string;
  readonly state: JobState;
  readonly caller: string;
  readonly created_at: string;
  readonly started_at?: string;
  readonly finished_at?: string;
  readonly cancel_requested: boolean;
  /** Where the orchestrator keeps the log, when not under `run_id`. */
  readonly log_run_id?: string;
  /** What the orchestrator answered, of a run that succeeded. */
  readonly result?: JsonObject;
  readonly error?: JobFailure;
}

export function runView(job: Job): RunView {
  const { id, state, caller, request, result, error, cancelRequested, startedAtMs, finishedAtMs } = job;
  const logId = logIdOf(job);
  return {
    run_id: id,
    state,
    ...(request as unknown as WorkflowRequest), // as it was recorded when the run was asked for
    caller,
    created_at: iso(job.createdAtMs),
    ...(startedAtMs !== undefined && { started_at: iso(startedAtMs) }),
    ...(finishedAtMs !== undefined && { finished_at: iso(finishedAtMs) }),
    cancel_requested: cancelRequested,
    ...(logId !== id && { log_run_id: logId }),
    ...(result !== undefined && { result }),
    ...(error !== undefined && { error }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
