import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { type ExportContent, ExportContents } from './export-content.js';
import { knownExport } from './known-export.js';

/** The content of an export that has succeeded. */
export class ReadExportQuery extends Query<ExportContent> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(ReadExportQuery)
export class ReadExportHandler implements IQueryHandler<ReadExportQuery> {
  constructor(
    private readonly jobs: Jobs,
    private readonly contents: ExportContents,
  ) {}

  async execute({ id }: ReadExportQuery): Promise<ExportContent> {
    return this.contents.of(await knownExport(this.jobs, id));
  }
}
