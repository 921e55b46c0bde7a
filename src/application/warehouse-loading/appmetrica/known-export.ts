import { PenstockError } from '../../../domain/errors.js';
import type { Jobs } from '../../../domain/ports/jobs.port.js';
import type { Job } from '../../../domain/shared/job.js';
import { EXPORT_JOB } from '../../../domain/warehouse-loading/appmetrica/export-view.js';

/** @throws PenstockError `export.unknown` */
export async function knownExport(jobs: Jobs, id: string): Promise<Job> {
  return requireExport(await jobs.find(EXPORT_JOB, id));
}

/** @throws PenstockError `export.unknown` */
export function requireExport(job: Job | undefined): Job {
  if (job !== undefined) return job;
  throw new PenstockError('export.unknown', 'There is no such export, or it is kept no longer.');
}
