import { Global, Module } from '@nestjs/common';
import { SalesReplica, SalesSource } from '../domain/ports/sales-copy.port.js';
import { SalesReportEngines } from '../domain/ports/sales-reports.port.js';
import { SalesTotals } from '../domain/ports/sales-totals.port.js';
import { TotalsPolicy } from '../domain/sales-reporting/totals-policy.js';
import { bind } from './bind.js';
import { ClickhouseConnection } from './clickhouse/clickhouse-connection.js';
import { ClickhouseModule } from './clickhouse/clickhouse.module.js';
import { ClickhouseSalesReplica } from './clickhouse/sales/clickhouse-sales-replica.js';
import { ClickhouseSalesReports } from './clickhouse/sales/clickhouse-sales-reports.js';
import { ClickhouseSettings } from './config/clickhouse.settings.js';
import { MigrationSettings } from './config/migration.settings.js';
import { PostgresSettings } from './config/postgres.settings.js';
import { ReportSettings } from './config/report.settings.js';
import { PostgresPool } from './postgres/postgres-pool.js';
import { PostgresModule } from './postgres/postgres.module.js';
import { PostgresSalesReports } from './postgres/sales/postgres-sales-reports.js';
import { PostgresSalesSource } from './postgres/sales/postgres-sales-source.js';
import { PostgresSalesTotals } from './postgres/sales/postgres-sales-totals.js';

/** The reports of sales on both engines, and what is kept for them. */
@Global()
@Module({
  imports: [PostgresModule, ClickhouseModule],
  providers: [
    bind(TotalsPolicy, [ReportSettings, MigrationSettings], ({ keepTotals }, { onStart }) => ({
      keepTotals,
      migrates: onStart,
    })),
    bind(SalesTotals, [PostgresPool], (pool) => new PostgresSalesTotals(pool)),
    bind(SalesSource, [PostgresPool], (pool) => new PostgresSalesSource(pool)),
    bind(
      SalesReplica,
      [ClickhouseConnection, ClickhouseSettings],
      (connection, settings) => new ClickhouseSalesReplica(connection, settings),
    ),
    bind(
      SalesReportEngines,
      [PostgresPool, PostgresSettings, ClickhouseConnection, ClickhouseSettings],
      (pool, postgres, connection, settings) =>
        new SalesReportEngines({
          postgres: new PostgresSalesReports(pool, postgres),
          clickhouse: new ClickhouseSalesReports(connection, settings),
        }),
    ),
  ],
  exports: [TotalsPolicy, SalesTotals, SalesSource, SalesReplica, SalesReportEngines],
})
export class SalesReportsModule {}
