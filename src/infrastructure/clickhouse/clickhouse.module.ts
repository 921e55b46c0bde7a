import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AggregateWindows } from '../../domain/ports/aggregate-windows.port.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { EventTables } from '../../domain/ports/event-tables.port.js';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { StreamTables } from '../../domain/ports/stream-tables.port.js';
import { WarehouseQueries } from '../../domain/ports/warehouse-queries.port.js';
import { WarehouseRollups } from '../../domain/ports/warehouse-rollups.port.js';
import { WindowCounts } from '../../domain/ports/window-counts.port.js';
import { bind } from '../bind.js';
import { ClickhouseSettings } from '../config/clickhouse.settings.js';
import { EmbeddedEngines } from '../embedded/engines.js';
import { clickhouseAddress } from './clickhouse-address.js';
import { ClickhouseConnection } from './clickhouse-connection.js';
import { ClickhouseEventTables } from './clickhouse-event-tables.js';
import { ClickhouseStreamTables } from './clickhouse-stream-tables.js';
import { ClickhouseWarehouseQueries } from './clickhouse-warehouse-queries.js';
import { ClickhouseWarehouseRollups } from './clickhouse-warehouse-rollups.js';
import { ClickhouseAggregateWindows } from './windows/clickhouse-aggregate-windows.js';
import { ClickhouseWindowCounts } from './windows/clickhouse-window-counts.js';

/** A statement that takes long is silent for as long. */
function idleTimeoutMs({ insertTimeoutMs, statementTimeoutMs }: ClickhouseSettings): number {
  return Math.max(insertTimeoutMs, statementTimeoutMs);
}

@Global()
@Module({
  providers: [
    bind(ClickhouseConnection, [ClickhouseSettings, EmbeddedEngines, HealthProbes], (settings, engines, probes) => {
      const { maxConnections } = settings;
      const options = { maxConnections, idleTimeoutMs: idleTimeoutMs(settings) };
      const connection = new ClickhouseConnection(clickhouseAddress(settings, engines), options);
      probes.register({ name: 'clickhouse', check: (signal) => connection.check(signal) });
      return connection;
    }),
    bind(
      StreamTables,
      [ClickhouseConnection, Clock, ClickhouseSettings],
      (connection, clock, settings) => new ClickhouseStreamTables(connection, clock, settings),
    ),
    bind(
      EventTables,
      [ClickhouseConnection, ClickhouseSettings],
      (connection, settings) => new ClickhouseEventTables(connection, settings),
    ),
    bind(
      WarehouseQueries,
      [ClickhouseConnection, ClickhouseSettings],
      (connection, settings) => new ClickhouseWarehouseQueries(connection, settings),
    ),
    bind(
      WarehouseRollups,
      [ClickhouseConnection, ClickhouseSettings],
      (connection, settings) => new ClickhouseWarehouseRollups(connection, settings),
    ),
    bind(
      AggregateWindows,
      [ClickhouseConnection, ClickhouseSettings],
      (connection, settings) => new ClickhouseAggregateWindows(connection, settings),
    ),
    bind(
      WindowCounts,
      [ClickhouseConnection, ClickhouseSettings],
      (connection, settings) => new ClickhouseWindowCounts(connection, settings),
    ),
  ],
  exports: [
    AggregateWindows,
    WindowCounts,
    ClickhouseConnection,
    StreamTables,
    EventTables,
    WarehouseQueries,
    WarehouseRollups,
  ],
})
export class ClickhouseModule implements OnApplicationShutdown {
  constructor(@Inject(ClickhouseConnection) private readonly connection: ClickhouseConnection) {}

  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }
}
