import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { ShowConnectorQuery } from '../../../application/stream-onboarding/show-connector.query.js';
import { answer, JSON_FLAGS } from '../answer.js';
import { Progress } from '../progress.js';
import { connectorText } from './connector-text.js';

@SubCommand({ name: 'show', arguments: '<connector>', description: 'Show a connector, shard by shard' })
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

  @Option({ flags: JSON_FLAGS, description: 'Print JSON' })
  parseJson(): boolean {
    return true;
  }
}
