import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../../domain/errors.js';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { decodeCursor, encodeCursor } from '../../../domain/shared/cursor.js';
import type { JobState } from '../../../domain/shared/job.js';
import { AppmetricaLimits } from '../../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';
import { EXPORT_JOB, type ExportView, exportView } from '../../../domain/warehouse-loading/appmetrica/export-view.js';

export interface ExportPage {
  readonly exports: ExportView[];
  /** Of the next page; left out on the last one. */
  readonly next?: string;
}

export interface ExportFilter {
  readonly state?: JobState;
  readonly limit?: number;
  readonly cursor?: string;
}

export const DEFAULT_EXPORTS_LIMIT = 50;
/** Jobs are numbered; nothing else is a place in their list. */
const PLACE = /^\d{1,18}$/;

/** Exports, newest first, and how far each is. */
export class ListExportsQuery extends Query<ExportPage> {
  constructor(readonly filter: ExportFilter = {}) {
    super();
  }
}

@QueryHandler(ListExportsQuery)
export class ListExportsHandler implements IQueryHandler<ListExportsQuery> {
  constructor(
    private readonly jobs: Jobs,
    private readonly limits: AppmetricaLimits,
  ) {}

  async execute({ filter }: ListExportsQuery): Promise<ExportPage> {
    const { state, limit = DEFAULT_EXPORTS_LIMIT, cursor } = filter;
    const after = cursor === undefined ? {} : { after: placeOf(cursor) };
    const { jobs, next } = await this.jobs.list({
      kind: EXPORT_JOB,
      limit,
      ...(state !== undefined && { state }),
      ...after,
    });
    const exports = jobs.map((job) => exportView(job, this.limits.keepMs));
    return { exports, ...(next !== undefined && { next: encodeCursor(next) }) };
  }
}

function placeOf(cursor: string): string {
  const place = decodeCursor(cursor);
  if (PLACE.test(place)) return place;
  throw new PenstockError('cursor.invalid', 'The cursor is not one that this list has given out.');
}
