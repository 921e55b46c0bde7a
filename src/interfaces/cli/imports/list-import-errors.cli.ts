import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import {
  type ImportErrorList,
  ListImportErrorsQuery,
} from '../../../application/sales-reporting/imports/list-import-errors.query.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';
import { JSON_OPTION, pageOptions, SharedOptions } from '../shared-options.js';

interface Options {
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

@SubCommand({ name: 'errors', arguments: '<import>', description: 'List bad rows of an import, and why they are bad' })
@SharedOptions(...pageOptions('Rows', { default: 100, max: 10_000 }), JSON_OPTION)
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
}

function errorsText({ errors, next }: ImportErrorList): string[] {
  if (errors.length === 0) return ['There are no bad rows.'];
  const head = ['line', 'column', 'value', 'rule', 'message', 'record'];
  const rows = errors.map((error) => {
    return [error.line_number, error.column_name ?? '', error.value ?? '', error.rule, error.message, error.raw_record];
  });
  return [...textTable(head, rows), ...(next === undefined ? [] : [`There are more: --cursor ${next}`])];
}
