import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { ShowConnectorQuery } from '../../../application/stream-onboarding/show-connector.query.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { connectorText } from './connector-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({ name: 'show', arguments: '<connector>', description: 'Show a connector, shard by shard' })
@SharedOptions(JSON_OPTION)
export class ShowConnectorCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([id = '']: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const connector = await this.progress.during('Looking at the connector', () =>
      this.queries.execute(new ShowConnectorQuery(id)),
    );
    answer(connector, connectorText(connector), json);
  }
}
