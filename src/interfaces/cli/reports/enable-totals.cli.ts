import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { EnableTotalsCommand } from '../../../application/sales-reporting/enable-totals.command.js';
import { SALES_TABLE } from '../../../domain/sales-reporting/sales-report.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { totalsText } from './totals-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({
  name: 'enable',
  description: 'Keep totals with the rows of a table, for reports in milliseconds; again: of what is new',
})
@SharedOptions(JSON_OPTION)
export class EnableTotalsCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_words: string[], options: { readonly table?: string; readonly json?: boolean }): Promise<void> {
    const state = await this.progress.during('Reading the rows that are there', () =>
      this.commands.execute(new EnableTotalsCommand(options.table ?? SALES_TABLE)),
    );
    answer(state, totalsText(state), options.json);
  }

  @Option({ flags: '-t, --table <table>', description: 'Table of sales (default: sales_report)' })
  parseTable(text: string): string {
    return text;
  }
}
