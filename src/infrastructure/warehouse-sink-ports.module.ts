import { Global, Module } from '@nestjs/common';
import { GuardedEngines } from '../domain/ports/guarded-statements.port.js';
import { StreamTables } from '../domain/ports/stream-tables.port.js';
import { WarehouseSinks } from '../domain/ports/warehouse-sink.port.js';
import { LoadLimits } from '../domain/warehouse-loading/load-limits.js';
import { DEFAULT_MAX_ROWS, GuardedLimits } from '../domain/workflow-gateway/guarded-limits.js';
import { bind } from './bind.js';
import { ClickhouseConnection } from './clickhouse/clickhouse-connection.js';
import { ClickhouseWarehouseSink } from './clickhouse/clickhouse-warehouse-sink.js';
import { ClickhouseModule } from './clickhouse/clickhouse.module.js';
import { ClickhouseSettings } from './config/clickhouse.settings.js';
import { PostgresSettings } from './config/postgres.settings.js';
import { GuardedSqlPortsModule } from './guarded-sql-ports.module.js';
import { LoadLimitsModule } from './load-limits.module.js';
import { PostgresPool } from './postgres/postgres-pool.js';
import { PostgresModule } from './postgres/postgres.module.js';
import { PostgresWarehouseSink } from './postgres/sinks/postgres-warehouse-sink.js';

/** Of tables of PostgreSQL that are named without one. */
const SCHEMA = 'public';

const boundsOf = ({ timeoutMs, maxBytes, maxRows }: GuardedLimits) => ({
  timeoutMs,
  maxBytes,
  maxRows: Math.min(maxRows, DEFAULT_MAX_ROWS),
});

/** The sinks of both engines. */
@Global()
@Module({
  imports: [PostgresModule, ClickhouseModule, GuardedSqlPortsModule, LoadLimitsModule],
  providers: [
    bind(
      ClickhouseWarehouseSink,
      [ClickhouseConnection, StreamTables, GuardedEngines, GuardedLimits, ClickhouseSettings],
      (connection, tables, ...[engines, limits, { database, cluster, statementTimeoutMs }]) =>
        new ClickhouseWarehouseSink(
          { connection, tables, statements: engines.of('clickhouse') },
          { database, cluster, statementTimeoutMs, bounds: boundsOf(limits) },
        ),
    ),
    bind(
      PostgresWarehouseSink,
      [PostgresPool, GuardedEngines, GuardedLimits, PostgresSettings, LoadLimits],
      (pool, engines, ...[limits, { statementTimeoutMs }, { idempotencyKeptMs }]) =>
        new PostgresWarehouseSink(pool, engines.of('postgres'), {
          schema: SCHEMA,
          statementTimeoutMs,
          idempotencyKeptMs,
          bounds: boundsOf(limits),
        }),
    ),
    bind(
      WarehouseSinks,
      [ClickhouseWarehouseSink, PostgresWarehouseSink],
      (clickhouse, postgres) => new WarehouseSinks({ clickhouse, postgres }),
    ),
  ],
  exports: [WarehouseSinks],
})
export class WarehouseSinkPortsModule {}
