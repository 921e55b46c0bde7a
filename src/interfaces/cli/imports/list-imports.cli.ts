import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { type ImportList, ListImportsQuery } from '../../../application/sales-reporting/imports/list-imports.query.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';
import { JSON_OPTION, pageOptions, SharedOptions } from '../shared-options.js';

interface Options {
  readonly table?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

@SubCommand({ name: 'list', description: 'List imports that ended, newest first' })
@SharedOptions(...pageOptions('Imports', { default: 50, max: 1000 }), JSON_OPTION)
export class ListImportsCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_words: string[], { json, ...filter }: Options): Promise<void> {
    const list = await this.progress.during('Listing imports', () =>
      this.queries.execute(new ListImportsQuery(filter)),
    );
    answer(list, importsText(list), json);
  }

  @Option({ flags: '-t, --table <name>', description: 'Only those into this table' })
  parseTable(text: string): string {
    return text;
  }
}

function importsText({ imports, next }: ImportList): string[] {
  if (imports.length === 0) return ['There are no imports.'];
  const head = ['import', 'table', 'source', 'state', 'rows', 'imported', 'rejected', 'finished'];
  const rows = imports.map(({ id, table, source, state, rows: read, imported, rejected, finishedAt }) => {
    return [id, table, source, state, read, imported, rejected, finishedAt];
  });
  return [...textTable(head, rows), ...(next === undefined ? [] : [`There are more: --cursor ${next}`])];
}
