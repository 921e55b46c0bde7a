import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { WarehouseImports } from '../../../domain/ports/warehouse-imports.port.js';
import { IMPORT_JOB } from '../../../domain/sales-reporting/import-order.js';
import { type ImportView, importView } from '../imports/import-view.js';
import { knownImport } from '../imports/show-import.query.js';
import { type ImportJobView, importJobView } from './import-job-view.js';

/** One import, whether it waits, runs, or has ended: its record where there is one, its job otherwise. */
export class FollowImportQuery extends Query<ImportView | ImportJobView> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(FollowImportQuery)
export class FollowImportHandler implements IQueryHandler<FollowImportQuery> {
  constructor(
    private readonly imports: WarehouseImports,
    private readonly jobs: Jobs,
  ) {}

  async execute({ id }: FollowImportQuery): Promise<ImportView | ImportJobView> {
    const record = await this.imports.get(id);
    if (record !== undefined) return importView(record);
    const job = await this.jobs.find(IMPORT_JOB, id);
    return job === undefined ? importView(await knownImport(this.imports, id)) : importJobView(job);
  }
}
