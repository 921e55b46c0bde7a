import { Global, Module } from '@nestjs/common';
import { TablePartitions } from '../domain/ports/table-partitions.port.js';
import { bind } from './bind.js';
import { MigrationsModule } from './migrations.module.js';
import { PostgresPool } from './postgres/postgres-pool.js';
import { PostgresTablePartitions } from './postgres/sales/postgres-table-partitions.js';
import { SalesReportsModule } from './sales-reports.module.js';

/** Partitions, and the totals that follow them. */
@Global()
@Module({
  imports: [MigrationsModule, SalesReportsModule],
  providers: [bind(TablePartitions, [PostgresPool], (pool) => new PostgresTablePartitions(pool))],
  exports: [TablePartitions],
})
export class TablePartitionsModule {}
