import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { ListRunsQuery, type RunPage } from '../../../application/workflow-gateway/list-runs.query.js';
import { JOB_STATES, type JobState } from '../../../domain/shared/job.js';
import { answer, JSON_FLAGS } from '../answer.js';
import { parseWhole, parseWord } from '../parse-option.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';

interface Options {
  readonly state?: JobState;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

@SubCommand({ name: 'list', description: 'List the runs of workflows, newest first' })
export class ListRunsCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_: string[], { json, ...filter }: Options): Promise<void> {
    const page = await this.progress.during('Listing runs', () => this.queries.execute(new ListRunsQuery(filter)));
    answer(page, runsText(page), json);
  }

  @Option({ flags: '--state <state>', description: `${JOB_STATES.join(', ')} (default: all)` })
  parseState(text: string): JobState {
    return parseWord(text, JOB_STATES);
  }

  @Option({ flags: '-l, --limit <number>', description: 'Runs on a page (default: 50)' })
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

function runsText({ runs, next }: RunPage): string[] {
  if (runs.length === 0) return ['There are no runs.'];
  const rows = runs.map((run) => [run.run_id, run.state, run.created_at, run.caller, run.error?.code, run.prompt]);
  const table = textTable(['run', 'state', 'created', 'caller', 'error', 'prompt'], rows);
  return [...table, ...(next === undefined ? [] : [`There are more: --cursor ${next}`])];
}
