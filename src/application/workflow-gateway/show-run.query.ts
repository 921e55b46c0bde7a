import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { Jobs } from '../../domain/ports/jobs.port.js';
import { type RunView, runView } from '../../domain/workflow-gateway/run-view.js';
import { WORKFLOW_RUN } from '../../domain/workflow-gateway/workflow-run.js';

/** One run: where it is, and how it ended. */
export class ShowRunQuery extends Query<RunView> {
  constructor(readonly runId: string) {
    super();
  }
}

@QueryHandler(ShowRunQuery)
export class ShowRunHandler implements IQueryHandler<ShowRunQuery> {
  constructor(private readonly jobs: Jobs) {}

  async execute({ runId }: ShowRunQuery): Promise<RunView> {
    const job = await this.jobs.find(WORKFLOW_RUN, runId);
    if (job === undefined) throw new PenstockError('run.unknown', 'No run with this id was started here.');
    return runView(job);
  }
}
