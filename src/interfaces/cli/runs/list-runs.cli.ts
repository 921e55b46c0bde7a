import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { ListRunsQuery, type RunPage } from '../../../application/workflow-gateway/list-runs.query.js';
import { JOB_STATES, type JobState } from '../../../domain/shared/job.js';
import { answer } from '../answer.js';
import { parseWord } from '../parse-option.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';
import { JSON_OPTION, pageOptions, SharedOptions } from '../shared-options.js';

interface Options {
  readonly state?: JobState;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

@SubCommand({ name: 'list', description: 'List the runs of workflows, newest first' })
@SharedOptions(...pageOptions('Runs', { default: 50, max: 100 }), JSON_OPTION)
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
}

function runsText({ runs, next }: RunPage): string[] {
  if (runs.length === 0) return ['There are no runs.'];
  const rows = runs.map((run) => [run.run_id, run.state, run.created_at, run.caller, run.error?.code, run.prompt]);
  const table = textTable(['run', 'state', 'created', 'caller', 'error', 'prompt'], rows);
  return [...table, ...(next === undefined ? [] : [`There are more: --cursor ${next}`])];
}
