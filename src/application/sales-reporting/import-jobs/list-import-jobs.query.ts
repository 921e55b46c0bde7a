import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { IMPORT_JOB } from '../../../domain/sales-reporting/import-order.js';
import { type ImportJobView, importJobView } from './import-job-view.js';

/** More are hardly ever under way; the oldest are left out. */
const MAX_UNFINISHED = 100;

/** Imports that were asked for and are not over, newest first. */
export class ListImportJobsQuery extends Query<readonly ImportJobView[]> {}

@QueryHandler(ListImportJobsQuery)
export class ListImportJobsHandler implements IQueryHandler<ListImportJobsQuery> {
  constructor(private readonly jobs: Jobs) {}

  async execute(): Promise<readonly ImportJobView[]> {
    const states = ['accepted', 'running'] as const;
    const pages = await Promise.all(
      states.map((state) => this.jobs.list({ kind: IMPORT_JOB, state, limit: MAX_UNFINISHED })),
    );
    return pages.flatMap(({ jobs }) => jobs.map(importJobView));
  }
}
