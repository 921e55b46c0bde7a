import { randomBytes } from 'node:crypto';
import type { Job } from '../shared/job.js';

/** Runs are jobs of this kind; the id of the job is the id of the run. */
export const WORKFLOW_RUN = 'workflow-run';

/** Longest id of a run, also of those that orchestrators make up. */
export const MAX_RUN_ID_LENGTH = 200;

/** `YYYYMMDD_HHMMSS_` in UTC and 8 hexadecimal digits, as orchestrators name their runs. */
export function newRunId(nowMs: number): string {
  const [day = '', time = ''] = new Date(nowMs).toISOString().split(/[T.]/u);
  return `${day.replaceAll('-', '')}_${time.replaceAll(':', '')}_${randomBytes(4).toString('hex')}`;
}

/** The id under which the orchestrator has written the run's log: its own, where it did not take ours. */
export function logIdOf({ id, result }: Pick<Job, 'id' | 'result'>): string {
  const given = result?.['run_id'];
  return typeof given === 'string' && given !== '' ? given : id;
}
