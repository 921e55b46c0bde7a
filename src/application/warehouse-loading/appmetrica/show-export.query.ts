import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { AppmetricaLimits } from '../../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';
import { type ExportView, exportView } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { knownExport } from './known-export.js';

/** One export, and how far it is. */
export class ShowExportQuery extends Query<ExportView> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(ShowExportQuery)
export class ShowExportHandler implements IQueryHandler<ShowExportQuery> {
  constructor(
    private readonly jobs: Jobs,
    private readonly limits: AppmetricaLimits,
  ) {}

  async execute({ id }: ShowExportQuery): Promise<ExportView> {
    return exportView(await knownExport(this.jobs, id), this.limits.keepMs);
  }
}
