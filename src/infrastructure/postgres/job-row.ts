import type { Job, JobFailure, JobState, JsonObject } from '../../domain/shared/job.js';

export const JOB_COLUMNS = `id, sequence, kind, state, caller, request, progress, result, error, cancel_requested, attempts, fence,
  created_at, started_at, finished_at`;

/** A row of `penstock.job`; numbers beyond 2^53 come as text. */
export interface JobRow {
  readonly id: string;
  readonly sequence: string;
  readonly kind: string;
  readonly state: JobState;
  readonly caller: string;
  readonly request: JsonObject;
  readonly progress: JsonObject;
  readonly result: JsonObject | null;
  readonly error: JobFailure | null;
  readonly cancel_requested: boolean;
  readonly attempts: number;
  readonly fence: string;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
}

export function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    request: row.request,
    progress: row.progress,
    ...(row.result !== null && { result: row.result }),
    ...(row.error !== null && { error: row.error }),
    cancelRequested: row.cancel_requested,
    attempts: row.attempts,
    caller: row.caller,
    createdAtMs: row.created_at.getTime(),
    ...(row.started_at !== null && { startedAtMs: row.started_at.getTime() }),
    ...(row.finished_at !== null && { finishedAtMs: row.finished_at.getTime() }),
  };
}

/** PostgreSQL's JSON has no zero character; what a caller or a vendor sent may. */
export function jsonOf(value: object | undefined): string | null {
  if (value === undefined) return null;
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'string' ? part.replaceAll('\0', '\uFFFD') : part,
  );
}
