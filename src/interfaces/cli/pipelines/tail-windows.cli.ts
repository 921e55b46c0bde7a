import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { FollowChangesQuery } from '../../../application/event-pipelines/follow-changes.query.js';
import type { WindowChangeView } from '../../../domain/event-pipelines/window-view.js';
import { LiveScreen } from '../../terminal/live-screen.js';
import { answer, JSON_FLAGS } from '../answer.js';
import { untilInterrupted } from './until-interrupted.js';
import { changeLine, WindowBoard } from './window-board.js';

interface Options {
  readonly aggregation?: string;
  readonly json?: boolean;
}

@SubCommand({
  name: 'tail',
  arguments: '<domain>',
  description: 'Watch windows change: a table on a terminal, elsewhere a line for each change; Ctrl-C ends it',
})
export class TailWindowsCli extends CommandRunner {
  constructor(private readonly queries: QueryBus) {
    super();
  }

  override async run([domain = '']: string[], { aggregation, json }: Options): Promise<void> {
    const screen = new LiveScreen(process.stdout);
    await untilInterrupted(async (signal) => {
      const wanted = { domain, signal, ...(aggregation !== undefined && { aggregation }) };
      const pages = await this.queries.execute(new FollowChangesQuery(wanted));
      if (json !== true && screen.canRedraw) await draw(screen, domain, pages);
      else for await (const page of pages) for (const change of page) answer(change, [changeLine(change)], json);
    });
    screen.end();
  }

  @Option({ flags: '-a, --aggregation <name>', description: 'Only this aggregation (default: all of the domain)' })
  parseAggregation(name: string): string {
    return name;
  }

  @Option({ flags: JSON_FLAGS, description: 'Print an object of JSON a line' })
  parseJson(): boolean {
    return true;
  }
}

async function draw(
  screen: LiveScreen,
  domain: string,
  pages: AsyncIterable<readonly WindowChangeView[]>,
): Promise<void> {
  const board = new WindowBoard();
  const show = (): void => screen.draw(board.picture(`Windows of ${domain}; Ctrl-C ends.`, process.stdout.rows));
  show();
  for await (const page of pages) {
    board.add(page);
    show();
  }
}
