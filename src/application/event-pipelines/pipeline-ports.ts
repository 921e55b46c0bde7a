import type { AggregateWindows } from '../../domain/ports/aggregate-windows.port.js';
import type { Deployments } from '../../domain/ports/deployments.port.js';
import type { DomainConfigs } from '../../domain/ports/domain-configs.port.js';
import type { EventConnectors } from '../../domain/ports/event-connectors.port.js';
import type { SchemaRegistry } from '../../domain/ports/schema-registry.port.js';
import type { StreamTables } from '../../domain/ports/stream-tables.port.js';

/** What a pipeline is made of: its file, its record, its schemas, its tables of events, its aggregates. */
export class PipelinePorts {
  constructor(
    readonly configs: DomainConfigs,
    readonly deployments: Deployments,
    readonly registry: SchemaRegistry,
    readonly connectors: EventConnectors,
    readonly windows: AggregateWindows,
    readonly tables: StreamTables,
  ) {}
}
