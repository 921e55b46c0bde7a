import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { ShowImportQuery } from '../../../application/sales-reporting/imports/show-import.query.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { textRecord } from '../text-table.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({ name: 'show', arguments: '<import>', description: 'Show an import that ended' })
@SharedOptions(JSON_OPTION)
export class ShowImportCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([id = '']: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const found = await this.progress.during('Looking at the import', () =>
      this.queries.execute(new ShowImportQuery(id)),
    );
    answer(found, textRecord({ ...found }), json);
  }
}
