import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { GuardedEngines } from '../domain/ports/guarded-statements.port.js';
import { QueryAudit } from '../domain/ports/query-audit.port.js';
import { SecretStore } from '../domain/ports/secret-store.port.js';
import { WarehouseCatalog } from '../domain/ports/warehouse-catalog.port.js';
import { GuardedLimits } from '../domain/workflow-gateway/guarded-limits.js';
import { bind } from './bind.js';
import { ClickhouseConnection } from './clickhouse/clickhouse-connection.js';
import { ClickhouseGuardedStatements } from './clickhouse/clickhouse-guarded-statements.js';
import { ClickhouseSettings } from './config/clickhouse.settings.js';
import { GuardedSqlSettings } from './config/guarded-sql.settings.js';
import { PostgresSettings } from './config/postgres.settings.js';
import { EmbeddedEngines } from './embedded/engines.js';
import { postgresAddress } from './postgres/configured-address.js';
import { ColumnTypes } from './postgres/guarded/column-types.js';
import { GuardedPool } from './postgres/guarded/guarded-pool.js';
import { PostgresGuardedStatements } from './postgres/guarded/postgres-guarded-statements.js';
import { PostgresQueryAudit } from './postgres/guarded/postgres-query-audit.js';
import { PostgresWarehouseCatalog } from './postgres/guarded/postgres-warehouse-catalog.js';
import { RoutineCheck } from './postgres/guarded/routine-check.js';
import { StatementParser } from './postgres/guarded/statement-parser.js';
import { SecretsManagerModule } from './secrets-manager/secrets-manager.module.js';
import { PostgresPool } from './postgres/postgres-pool.js';

/** Guarded SQL: its limits, its connections, and both engines behind its ports. */
@Global()
@Module({
  imports: [SecretsManagerModule],
  providers: [
    bind(GuardedLimits, [GuardedSqlSettings], ({ poolSize, ...limits }) => ({
      ...limits,
      postgresConcurrency: poolSize,
    })),
    bind(
      GuardedPool,
      [GuardedSqlSettings, PostgresSettings, EmbeddedEngines, SecretStore],
      ({ url, poolSize: size }, ...[postgres, engines, secrets]) => {
        const address = url === undefined ? postgresAddress(postgres, engines, secrets) : async () => ({ url });
        return new GuardedPool(address, { size });
      },
    ),
    bind(ColumnTypes, [], () => new ColumnTypes()),
    bind(QueryAudit, [PostgresPool], (pool) => new PostgresQueryAudit(pool)),
    bind(
      WarehouseCatalog,
      [GuardedPool, ColumnTypes, GuardedSqlSettings],
      (pool, types, settings) => new PostgresWarehouseCatalog(pool, types, settings),
    ),
    bind(
      GuardedEngines,
      [GuardedPool, ColumnTypes, ClickhouseConnection, GuardedSqlSettings, ClickhouseSettings],
      (pool, types, ...[connection, settings, clickhouse]) => {
        const routines = new RoutineCheck(namesIn(settings.allowedFunctions));
        const parts = { pool, types, routines, parser: new StatementParser() };
        return new GuardedEngines([
          new PostgresGuardedStatements(parts, settings),
          new ClickhouseGuardedStatements(connection, clickhouse),
        ]);
      },
    ),
  ],
  exports: [GuardedLimits, QueryAudit, WarehouseCatalog, GuardedEngines],
})
export class GuardedSqlPortsModule implements OnApplicationShutdown {
  constructor(@Inject(GuardedPool) private readonly pool: GuardedPool) {}

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }
}

function namesIn(list: string): ReadonlySet<string> {
  return new Set(list.split(',').map((name) => name.trim()));
}
