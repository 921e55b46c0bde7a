import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import {
  type ImportErrorList,
  ListImportErrorsQuery,
} from '../../../application/sales-reporting/imports/list-import-errors.query.js';
import { answer, JSON_FLAGS } from '../answer.js';
import { parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';

interface Options {
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

@SubCommand({ name: 'errors', arguments: '<import>', description: 'List bad rows of an import, and why they are bad' })
export class ListImportErrorsCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([id = '']: string[], { json, ...page }: Options): Promise<void> {
    const list = await this.progress.during('Listing bad rows', () =>
      this.queries.execute(new ListImportErrorsQuery(id, page)),
    );
    answer(list, errorsText(list), json);
  }

  @Option({ flags: '-l, --limit <number>', description: 'Rows on a page (default: 100)' })
  parseLimit(text: string): number {
    return parseWhole(text, { max: 10_000 });
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

function errorsText({ errors, next }: ImportErrorList): string[] {
  if (errors.length === 0) return ['There are no bad rows.'];
  const head = ['line', 'column', 'value', 'rule', 'message', 'record'];
  const rows = errors.map((error) => {
    return [error.line_number, error.column_name ?? '', error.value ?? '', error.rule, error.message, error.raw_record];
  });
  return [...textTable(head, rows), ...(next === undefined ? [] : [`There are more: --cursor ${next}`])];
}
