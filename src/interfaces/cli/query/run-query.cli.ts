import { text } from 'node:stream/consumers';
import { QueryBus } from '@nestjs/cqrs';
import { Command, CommandRunner, Option } from 'nest-commander';
import { type QueryAnswer, RunQueryQuery } from '../../../application/stream-onboarding/run-query.query.js';
import { answer, JSON_FLAGS } from '../answer.js';
import { parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';

interface Options {
  readonly page?: number;
  readonly pageSize?: number;
  readonly json?: boolean;
}

@Command({
  name: 'query',
  arguments: '<sql>',
  description: 'Run one reading statement against the warehouse; - reads it from stdin',
})
export class RunQueryCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([argument = '']: string[], { json, ...paging }: Options): Promise<void> {
    const sql = argument === '-' ? await text(process.stdin) : argument;
    const page = await this.progress.during('Running the query', () =>
      this.queries.execute(new RunQueryQuery(sql, paging)),
    );
    answer(page, queryText(page), json);
  }

  @Option({ flags: '-p, --page <number>', description: 'Page of the result (default: 1)' })
  parsePage(given: string): number {
    return parseWhole(given, { max: 1_000_000 });
  }

  @Option({ flags: '--page-size <rows>', description: 'Rows on a page (default: 100)' })
  parsePageSize(given: string): number {
    return parseWhole(given, { max: 10_000 });
  }

  @Option({ flags: JSON_FLAGS, description: 'Print JSON' })
  parseJson(): boolean {
    return true;
  }
}

function queryText({ metadata, data }: QueryAnswer): string[] {
  const { column_names: names, total_count: total, page, total_pages: pages } = metadata;
  const rows = data.map((row) => names.map((name) => cell(row[name])));
  const more = page < pages ? [`Page ${page} of ${pages}, ${total} rows: --page ${page + 1}`] : [];
  return [...textTable(names, rows), ...more];
}

function cell(value: unknown): string | number | boolean | null | undefined {
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) {
    return value as string | number | boolean | null | undefined; // just checked
  }
  return JSON.stringify(value);
}
