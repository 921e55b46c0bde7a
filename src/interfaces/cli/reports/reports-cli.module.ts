import { Module } from '@nestjs/common';
import { CopySalesCli } from './copy-sales.cli.js';
import { DisableTotalsCli } from './disable-totals.cli.js';
import { EnableTotalsCli } from './enable-totals.cli.js';
import { ReportsCli } from './reports.cli.js';
import { SalesBreakdownCli } from './sales-breakdown.cli.js';
import { SalesSummaryCli } from './sales-summary.cli.js';
import { ShowTotalsCli } from './show-totals.cli.js';
import { TopProductsCli } from './top-products.cli.js';

@Module({
  providers: [
    CopySalesCli,
    DisableTotalsCli,
    EnableTotalsCli,
    ReportsCli,
    SalesBreakdownCli,
    SalesSummaryCli,
    ShowTotalsCli,
    TopProductsCli,
  ],
})
export class ReportsCliModule {}
