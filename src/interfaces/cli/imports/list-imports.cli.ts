import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { type ImportList, ListImportsQuery } from '../../../application/sales-reporting/imports/list-imports.query.js';
import { answer, JSON_FLAGS } from '../answer.js';
import { parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';

interface Options {
  readonly table?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

@SubCommand({ name: 'list', description: 'List imports that ended, newest first' })
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

  @Option({ flags: '-l, --limit <number>', description: 'Imports on a page (default: 50)' })
  parseLimit(text: string): number {
    return parseWhole(text, { max: 1000 });
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

function importsText({ imports, next }: ImportList): string[] {
  if (imports.length === 0) return ['There are no imports.'];
  const head = ['import', 'table', 'source', 'state', 'rows', 'imported', 'rejected', 'finished'];
  const rows = imports.map(({ id, table, source, state, rows: read, imported, rejected, finishedAt }) => {
    return [id, table, source, state, read, imported, rejected, finishedAt];
  });
  return [...textTable(head, rows), ...(next === undefined ? [] : [`There are more: --cursor ${next}`])];
}
