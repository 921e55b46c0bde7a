import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { ShowExportQuery } from '../../../application/warehouse-loading/appmetrica/show-export.query.js';
import { FinishedExport, type OutputOptions } from './finished-export.js';
import { JSON_OPTION, outputOptions, SharedOptions } from '../shared-options.js';

@SubCommand({
  name: 'resume',
  arguments: '<id>',
  description: 'Go on with an export, or wait for it, and write its content',
})
@SharedOptions(...outputOptions('a file named after the export'), JSON_OPTION)
export class ResumeExportCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly finished: FinishedExport,
  ) {
    super();
  }

  override async run([id = '']: string[], options: OutputOptions): Promise<void> {
    await this.finished.requirePlace(options);
    await this.finished.bring(await this.queries.execute(new ShowExportQuery(id)), options);
  }
}
