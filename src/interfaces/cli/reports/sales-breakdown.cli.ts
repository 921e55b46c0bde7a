import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import {
  type BreakdownAnswer,
  ShowSalesBreakdownQuery,
} from '../../../application/sales-reporting/show-sales-breakdown.query.js';
import { BREAKDOWN_COLUMNS, type BreakdownRow } from '../../../domain/sales-reporting/sales-report.js';
import { answer } from '../answer.js';
import { parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';
import { type ReportOptions, reportOrder, WithReportOptions } from './report-options.js';
import { hintAt } from './source-hint.js';

interface Options extends ReportOptions {
  readonly product?: string;
  readonly region?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 100_000;

@SubCommand({ name: 'breakdown', description: 'Revenue and quantity of each month, product name and region' })
@WithReportOptions()
export class SalesBreakdownCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_words: string[], options: Options): Promise<void> {
    const { product, region, limit = DEFAULT_LIMIT, cursor } = options;
    const order = { ...reportOrder(options), product, region, limit, cursor };
    const { report, rows } = await this.progress.during('Adding up months, products and regions', async () => {
      const found = await this.queries.execute(new ShowSalesBreakdownQuery(order));
      return { report: found, rows: await all(found) };
    });
    const lines = textTable(
      BREAKDOWN_COLUMNS,
      rows.map((row) => BREAKDOWN_COLUMNS.map((column) => row[column])),
    );
    answer(rows, lines, options.json);
    if (report.next !== undefined) process.stderr.write(`There are more: --cursor ${report.next}\n`);
    hintAt(report, options);
  }

  @Option({ flags: '-p, --product <name>', description: 'Only this product name' })
  parseProduct(text: string): string {
    return text;
  }

  @Option({ flags: '-r, --region <name>', description: 'Only this region' })
  parseRegion(text: string): string {
    return text;
  }

  @Option({ flags: '-l, --limit <rows>', description: `Rows to print (default: ${DEFAULT_LIMIT})` })
  parseLimit(text: string): number {
    return parseWhole(text, { max: MAX_LIMIT });
  }

  @Option({ flags: '-c, --cursor <cursor>', description: 'Where the page before ended' })
  parseCursor(text: string): string {
    return text;
  }
}

async function all({ rows }: BreakdownAnswer): Promise<BreakdownRow[]> {
  const found: BreakdownRow[] = [];
  for await (const row of rows) found.push(row);
  return found;
}
