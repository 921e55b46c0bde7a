import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { Jobs } from '../../domain/ports/jobs.port.js';
import { decodeCursor, encodeCursor } from '../../domain/shared/cursor.js';
import type { JobState } from '../../domain/shared/job.js';
import { type RunView, runView } from '../../domain/workflow-gateway/run-view.js';
import { WORKFLOW_RUN } from '../../domain/workflow-gateway/workflow-run.js';

export interface RunPage {
  readonly runs: readonly RunView[];
  readonly next?: string;
}

export const DEFAULT_RUNS_LIMIT = 50;

/** Runs, newest first. */
export class ListRunsQuery extends Query<RunPage> {
  constructor(readonly filter: { readonly state?: JobState; readonly limit?: number; readonly cursor?: string } = {}) {
    super();
  }
}

@QueryHandler(ListRunsQuery)
export class ListRunsHandler implements IQueryHandler<ListRunsQuery> {
  constructor(private readonly jobs: Jobs) {}

  async execute({ filter: { state, limit = DEFAULT_RUNS_LIMIT, cursor } }: ListRunsQuery): Promise<RunPage> {
    const { jobs, next } = await this.jobs.list({
      kind: WORKFLOW_RUN,
      limit,
      ...(state !== undefined && { state }),
      ...(cursor !== undefined && { after: placeOf(cursor) }),
    });
    return { runs: jobs.map(runView), ...(next !== undefined && { next: encodeCursor(next) }) };
  }
}

function placeOf(cursor: string): string {
  const place = decodeCursor(cursor);
  if (/^\d{1,18}$/u.test(place)) return place;
  throw new PenstockError('cursor.invalid', 'The cursor is not one that this service has given out.');
}
