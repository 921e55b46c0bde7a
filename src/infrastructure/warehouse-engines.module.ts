import { Global, Module } from '@nestjs/common';
import { LoadLedger } from '../domain/ports/load-ledger.port.js';
import { WarehouseEngines, WarehouseTables } from '../domain/ports/warehouse-tables.port.js';
import { LoadLimits } from '../domain/warehouse-loading/load-limits.js';
import { bind } from './bind.js';
import { ClickhouseConnection } from './clickhouse/clickhouse-connection.js';
import { ClickhouseModule } from './clickhouse/clickhouse.module.js';
import { ClickhouseWarehouseTables } from './clickhouse/clickhouse-warehouse-tables.js';
import { ClickhouseSettings } from './config/clickhouse.settings.js';
import { PostgresSettings } from './config/postgres.settings.js';
import { LoadLimitsModule } from './load-limits.module.js';
import { PostgresLoadLedger } from './postgres/postgres-load-ledger.js';
import { PostgresPool } from './postgres/postgres-pool.js';
import { PostgresModule } from './postgres/postgres.module.js';
import { PostgresWarehouseTables } from './postgres/postgres-warehouse-tables.js';

function withTimeouts<T extends object>(limits: LoadLimits, timeouts: T): T & LoadLimits {
  const { maxRowsPerInsert, maxWriteBatchBytes, maxJsonBytes, idempotencyKeptMs } = limits;
  return { maxRowsPerInsert, maxWriteBatchBytes, maxJsonBytes, idempotencyKeptMs, ...timeouts };
}

/** The warehouse tables on both engines; those on ClickHouse have their ids, turns and receipts in PostgreSQL. */
@Global()
@Module({
  imports: [PostgresModule, ClickhouseModule, LoadLimitsModule],
  providers: [
    bind(
      PostgresWarehouseTables,
      [PostgresPool, PostgresSettings, LoadLimits],
      (pool, { statementTimeoutMs }, limits) =>
        new PostgresWarehouseTables(pool, withTimeouts(limits, { statementTimeoutMs })),
    ),
    bind(LoadLedger, [PostgresPool, PostgresSettings, LoadLimits], (pool, { statementTimeoutMs }, limits) => {
      return new PostgresLoadLedger(pool, 'clickhouse', withTimeouts(limits, { statementTimeoutMs }));
    }),
    bind(
      ClickhouseWarehouseTables,
      [ClickhouseConnection, LoadLedger, ClickhouseSettings, LoadLimits],
      (connection, ledger, { insertTimeoutMs, statementTimeoutMs }, limits) =>
        new ClickhouseWarehouseTables(
          connection,
          ledger,
          withTimeouts(limits, { insertTimeoutMs, statementTimeoutMs }),
        ),
    ),
    bind(
      WarehouseEngines,
      [PostgresWarehouseTables, ClickhouseWarehouseTables],
      (postgres, clickhouse) => new WarehouseEngines({ postgres, clickhouse }),
    ),
    // Those on PostgreSQL are the ones that are meant by whoever does not say.
    bind(WarehouseTables, [PostgresWarehouseTables], (tables) => tables),
  ],
  exports: [WarehouseEngines, WarehouseTables],
})
export class WarehouseEnginesModule {}
