import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { ListStreamsQuery } from '../../../application/stream-onboarding/list-streams.query.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({ name: 'list', description: 'List the streams' })
@SharedOptions(JSON_OPTION)
export class ListStreamsCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const result = await this.progress.during('Listing streams', () => this.queries.execute(new ListStreamsQuery()));
    answer(result, result.streamNames, json);
  }
}
