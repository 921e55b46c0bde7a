import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { ShowRunQuery } from '../../../application/workflow-gateway/show-run.query.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { runText } from './run-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({ name: 'show', arguments: '<run>', description: 'Show where a run is, and how it ended' })
@SharedOptions(JSON_OPTION)
export class ShowRunCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([id = '']: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const run = await this.progress.during('Reading the run', () => this.queries.execute(new ShowRunQuery(id)));
    answer(run, runText(run), json);
  }
}
