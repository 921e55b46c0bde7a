import type { Job } from '../../../domain/shared/job.js';
import type { ExportProgress } from '../../../domain/warehouse-loading/appmetrica/export-progress.js';
import { progressOf } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import type { JobContext } from '../../shared/job-runners.js';

/** How far an export is, as it was last told. */
export class ExportTold {
  private told: ExportProgress;

  constructor(
    job: Job,
    private readonly context: JobContext,
  ) {
    this.told = withoutWaiting(progressOf(job));
  }

  get progress(): ExportProgress {
    return this.told;
  }

  /** Whatever it waited for is over, unless that is told as well. */
  tell(change: Partial<ExportProgress>): void {
    this.told = { ...withoutWaiting(this.told), ...change };
    this.context.report({ ...this.told });
  }
}

function withoutWaiting({ waitingUntilMs: _until, reason: _reason, ...rest }: ExportProgress): ExportProgress {
  return rest;
}
