import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { ListConnectorsQuery } from '../../../application/stream-onboarding/list-connectors.query.js';
import { answer, JSON_FLAGS } from '../answer.js';
import { parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { connectorsText } from './connector-text.js';

interface Options {
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

@SubCommand({ name: 'list', description: 'List connectors, oldest first, and how each is doing' })
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

  @Option({ flags: '-l, --limit <number>', description: 'Connectors on a page (default: 50)' })
  parseLimit(text: string): number {
    return parseWhole(text, { max: 100 });
  }

  @Option({ flags: '-c, --cursor <cursor>', description: 'Where the page before ended' })
  parseCursor(text: string): string {
    return text;
  }

  @Option({ flags: JSON_FLAGS, description: 'Print JSON' })
  parseJson(): boolean {
    return true;
  }
}
