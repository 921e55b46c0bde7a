import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { DisableTotalsCommand } from '../../../application/sales-reporting/disable-totals.command.js';
import { SALES_TABLE } from '../../../domain/sales-reporting/sales-report.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { totalsText } from './totals-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({ name: 'disable', description: 'Forget the totals of a table, and take the triggers away from it' })
@SharedOptions(JSON_OPTION)
export class DisableTotalsCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_words: string[], options: { readonly table?: string; readonly json?: boolean }): Promise<void> {
    const state = await this.progress.during('Forgetting totals', () =>
      this.commands.execute(new DisableTotalsCommand(options.table ?? SALES_TABLE)),
    );
    answer(state, totalsText(state), options.json);
  }

  @Option({ flags: '-t, --table <table>', description: 'Table of sales (default: sales_report)' })
  parseTable(text: string): string {
    return text;
  }
}
