import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { ShowTotalsQuery } from '../../../application/sales-reporting/show-totals.query.js';
import { SALES_TABLE } from '../../../domain/sales-reporting/sales-report.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { totalsText } from './totals-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({ name: 'status', description: 'Show how the totals of a table stand' })
@SharedOptions(JSON_OPTION)
export class ShowTotalsCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_words: string[], options: { readonly table?: string; readonly json?: boolean }): Promise<void> {
    const state = await this.progress.during('Looking at totals', () =>
      this.queries.execute(new ShowTotalsQuery(options.table ?? SALES_TABLE)),
    );
    answer(state, totalsText(state), options.json);
  }

  @Option({ flags: '-t, --table <table>', description: 'Table of sales (default: sales_report)' })
  parseTable(text: string): string {
    return text;
  }
}
