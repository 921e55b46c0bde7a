import { Module } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.port.js';
import { Log } from '../../domain/ports/log.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { SalesReportEngines } from '../../domain/ports/sales-reports.port.js';
import { SalesTotals } from '../../domain/ports/sales-totals.port.js';
import { TotalsPolicy } from '../../domain/sales-reporting/totals-policy.js';
import { CopySalesHandler } from './copy-sales.command.js';
import { DisableTotalsHandler } from './disable-totals.command.js';
import { EnableTotalsHandler } from './enable-totals.command.js';
import { ReportDesk } from './report-desk.js';
import { ShowSalesBreakdownHandler } from './show-sales-breakdown.query.js';
import { ShowSalesSummaryHandler } from './show-sales-summary.query.js';
import { ShowTopProductsHandler } from './show-top-products.query.js';
import { ShowTotalsHandler } from './show-totals.query.js';
import { TotalsUpkeep, type UpkeepPorts } from './totals-upkeep.js';

@Module({
  providers: [
    {
      provide: TotalsUpkeep,
      inject: [SalesTotals, Clock, Metrics, Log, TotalsPolicy],
      useFactory: (
        totals: SalesTotals,
        clock: Clock,
        metrics: Metrics,
        ...[log, policy]: [Log, TotalsPolicy]
      ): TotalsUpkeep => new TotalsUpkeep({ totals, clock, metrics, log, policy } satisfies UpkeepPorts),
    },
    {
      provide: ReportDesk,
      inject: [SalesReportEngines, TotalsUpkeep, Clock, Metrics],
      useFactory: (engines: SalesReportEngines, upkeep: TotalsUpkeep, clock: Clock, metrics: Metrics): ReportDesk =>
        new ReportDesk(engines, upkeep, clock, metrics),
    },
    CopySalesHandler,
    DisableTotalsHandler,
    EnableTotalsHandler,
    ShowSalesBreakdownHandler,
    ShowSalesSummaryHandler,
    ShowTopProductsHandler,
    ShowTotalsHandler,
  ],
  exports: [TotalsUpkeep],
})
export class ReportsModule {}
