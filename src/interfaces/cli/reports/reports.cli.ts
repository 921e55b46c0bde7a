import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { CopySalesCli } from './copy-sales.cli.js';
import { DisableTotalsCli } from './disable-totals.cli.js';
import { EnableTotalsCli } from './enable-totals.cli.js';
import { SalesBreakdownCli } from './sales-breakdown.cli.js';
import { SalesSummaryCli } from './sales-summary.cli.js';
import { ShowTotalsCli } from './show-totals.cli.js';
import { TopProductsCli } from './top-products.cli.js';

@Command({
  name: 'reports',
  description: 'Print the reports of sales, and look after what makes them fast',
  subCommands: [
    SalesSummaryCli,
    SalesBreakdownCli,
    TopProductsCli,
    ShowTotalsCli,
    EnableTotalsCli,
    DisableTotalsCli,
    CopySalesCli,
  ],
})
export class ReportsCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
