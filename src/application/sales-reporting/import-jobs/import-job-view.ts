import type { Job, JobFailure, JobState } from '../../../domain/shared/job.js';
import type { ImportOrder } from '../../../domain/sales-reporting/import-order.js';
import type { ImportProgress } from '../imports/csv-import.js';

/** An import that was asked for and has not left a record: it waits, runs, or has ended without one. */
export interface ImportJobView {
  readonly id: string;
  readonly table: string;
  readonly source: string;
  readonly state: JobState;
  readonly progress?: ImportProgress;
  /** Why it failed. */
  readonly error?: JobFailure;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

export function importJobView(job: Job): ImportJobView {
  const { table, source } = orderOf(job);
  const { id, state, progress, error, createdAtMs, startedAtMs, finishedAtMs } = job;
  return {
    id,
    table,
    source,
    state,
    ...('rows' in progress && { progress: progress as unknown as ImportProgress }), // written by ImportRunner alone
    ...(error !== undefined && { error }),
    createdAt: new Date(createdAtMs).toISOString(),
    ...(startedAtMs !== undefined && { startedAt: new Date(startedAtMs).toISOString() }),
    ...(finishedAtMs !== undefined && { finishedAt: new Date(finishedAtMs).toISOString() }),
  };
}

/** The order a job was created with. */
export function orderOf({ request }: Pick<Job, 'request'>): ImportOrder {
  return request as unknown as ImportOrder; // jobs of this kind are created by RequestImportCommand alone
}
