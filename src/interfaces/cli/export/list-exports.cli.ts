import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import {
  type ExportPage,
  ListExportsQuery,
} from '../../../application/warehouse-loading/appmetrica/list-exports.query.js';
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

@SubCommand({ name: 'list', description: 'List exports from AppMetrica, newest first' })
@SharedOptions(...pageOptions('Exports', { default: 50, max: 100 }), JSON_OPTION)
export class ListExportsCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_: string[], { json, ...filter }: Options): Promise<void> {
    const page = await this.progress.during('Listing exports', () =>
      this.queries.execute(new ListExportsQuery(filter)),
    );
    answer(page, pageText(page), json);
  }

  @Option({ flags: '--state <state>', description: 'accepted, running, succeeded, failed or cancelled (default: all)' })
  parseState(text: string): JobState {
    return parseWord(text, JOB_STATES);
  }
}

function pageText({ exports, next }: ExportPage): string[] {
  if (exports.length === 0) return ['There are no exports.'];
  const head = ['id', 'state', '%', 'source', 'since', 'until', 'rows', 'bytes', 'created', 'error'];
  const rows = exports.map(({ id, state, progress, source, date_since, date_until, result, created_at, error }) => {
    const made = [result?.rows, result?.bytes, created_at, error?.code];
    return [id, state, progress.percent, source, date_since, date_until, ...made];
  });
  return [...textTable(head, rows), ...(next === undefined ? [] : [`There are more: --cursor ${next}`])];
}
