import { PenstockError } from '../../domain/errors.js';
import { Jobs } from '../../domain/ports/jobs.port.js';
import { RunLog } from '../../domain/ports/run-log.port.js';
import { isFinished } from '../../domain/shared/job.js';
import { logIdOf, WORKFLOW_RUN } from '../../domain/workflow-gateway/workflow-run.js';

/** What is known of a run whose log is wanted: it may have been started here, or by somebody else. */
export class RunLookup {
  constructor(
    private readonly jobs: Jobs,
    private readonly log: RunLog,
  ) {}

  /** Under which id the run's log is kept. */
  async logIdOf(runId: string): Promise<string> {
    const run = await this.jobs.find(WORKFLOW_RUN, runId);
    return run === undefined ? runId : logIdOf(run);
  }

  /** @throws PenstockError `run.unknown` when nobody has heard of it */
  async requireKnown(runId: string, logId: string): Promise<void> {
    if ((await this.jobs.find(WORKFLOW_RUN, runId)) !== undefined) return;
    if ((await this.log.read(logId, { limit: 1 })).entries.length > 0) return;
    throw new PenstockError('run.unknown', 'There is no run with this id, and no log of one.');
  }

  /** Whether more entries may come: runs that others started are never known to be over. */
  async isOver(runId: string): Promise<boolean> {
    const run = await this.jobs.find(WORKFLOW_RUN, runId);
    return run !== undefined && isFinished(run);
  }
}
