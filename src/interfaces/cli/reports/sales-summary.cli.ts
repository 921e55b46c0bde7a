import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { ShowSalesSummaryQuery } from '../../../application/sales-reporting/show-sales-summary.query.js';
import { SUMMARY_COLUMNS } from '../../../domain/sales-reporting/sales-report.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';
import { type ReportOptions, reportOrder, WithReportOptions } from './report-options.js';
import { hintAt } from './source-hint.js';

@SubCommand({ name: 'summary', description: 'Revenue and quantity of each month' })
@WithReportOptions()
export class SalesSummaryCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_words: string[], options: ReportOptions): Promise<void> {
    const report = await this.progress.during('Adding up months', () =>
      this.queries.execute(new ShowSalesSummaryQuery(reportOrder(options))),
    );
    const lines = textTable(
      SUMMARY_COLUMNS,
      report.rows.map((row) => SUMMARY_COLUMNS.map((column) => row[column])),
    );
    answer(report.rows, lines, options.json);
    hintAt(report, options);
  }
}
