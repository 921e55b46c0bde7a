import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { ShowTopProductsQuery } from '../../../application/sales-reporting/show-top-products.query.js';
import { TIES, type Ties, TOP_PRODUCT_COLUMNS } from '../../../domain/sales-reporting/sales-report.js';
import { answer } from '../answer.js';
import { parseWord } from '../parse-option.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';
import { type ReportOptions, reportOrder, WithReportOptions } from './report-options.js';
import { hintAt } from './source-hint.js';

@SubCommand({ name: 'top', description: 'The five products with the highest revenue' })
@WithReportOptions()
export class TopProductsCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_words: string[], options: ReportOptions & { readonly ties?: Ties }): Promise<void> {
    const order = { ...reportOrder(options), ties: options.ties };
    const report = await this.progress.during('Adding up products', () =>
      this.queries.execute(new ShowTopProductsQuery(order)),
    );
    const lines = textTable(
      TOP_PRODUCT_COLUMNS,
      report.rows.map((row) => TOP_PRODUCT_COLUMNS.map((column) => row[column])),
    );
    answer(report.rows, lines, options.json);
    hintAt(report, options);
  }

  @Option({ flags: '--ties <ties>', description: 'cut or keep others with the fifth highest revenue (default: cut)' })
  parseTies(text: string): Ties {
    return parseWord(text, TIES);
  }
}
