import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { ListConnectorsQuery } from '../../../application/stream-onboarding/list-connectors.query.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { connectorsText } from './connector-text.js';
import { JSON_OPTION, pageOptions, SharedOptions } from '../shared-options.js';

interface Options {
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

@SubCommand({ name: 'list', description: 'List connectors, oldest first, and how each is doing' })
@SharedOptions(...pageOptions('Connectors', { default: 50, max: 100 }), JSON_OPTION)
export class ListConnectorsCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_: string[], { json, ...paging }: Options): Promise<void> {
    const page = await this.progress.during('Listing connectors', () =>
      this.queries.execute(new ListConnectorsQuery(paging)),
    );
    const more = page.next === undefined ? [] : [`There are more: --cursor ${page.next}`];
    answer(page, [...connectorsText(page.connectors), ...more], json);
  }
}
