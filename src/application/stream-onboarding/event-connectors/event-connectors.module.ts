import { Global, Module } from '@nestjs/common';
import { Clock } from '../../../domain/ports/clock.port.js';
import { Connectors } from '../../../domain/ports/connectors.port.js';
import { EventConnectors } from '../../../domain/ports/event-connectors.port.js';
import { EventTables } from '../../../domain/ports/event-tables.port.js';
import { SchemaRegistry } from '../../../domain/ports/schema-registry.port.js';
import { ShardLeases } from '../../../domain/ports/shard-leases.port.js';
import { StreamSink } from '../../../domain/ports/stream-sink.port.js';
import { StreamSource } from '../../../domain/ports/stream-source.port.js';
import { StreamTables } from '../../../domain/ports/stream-tables.port.js';
import { StreamEventConnectors } from './stream-event-connectors.js';

const PORTS = [
  Connectors,
  StreamTables,
  ShardLeases,
  EventTables,
  SchemaRegistry,
  StreamSource,
  StreamSink,
  Clock,
] as const;
type Resolved<T> = { [K in keyof T]: T[K] extends abstract new (...args: never[]) => infer I ? I : never };

/** For whoever deploys domains. */
@Global()
@Module({
  providers: [
    {
      provide: EventConnectors,
      inject: [...PORTS],
      useFactory: makeEventConnectors,
    },
  ],
  exports: [EventConnectors],
})
export class EventConnectorsModule {}

function makeEventConnectors(...resolved: Resolved<typeof PORTS>): EventConnectors {
  const [connectors, tables, leases, events, registry, source, sink, clock] = resolved;
  return new StreamEventConnectors({ connectors, tables, leases, events, registry, source, sink, clock });
}
