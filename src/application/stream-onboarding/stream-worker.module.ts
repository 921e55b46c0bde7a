import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Module } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.port.js';
import { Connectors } from '../../domain/ports/connectors.port.js';
import { DeadLetters } from '../../domain/ports/dead-letters.port.js';
import { EventCodec } from '../../domain/ports/event-codec.port.js';
import { EventTables } from '../../domain/ports/event-tables.port.js';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { Log } from '../../domain/ports/log.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { ShardLeases } from '../../domain/ports/shard-leases.port.js';
import { StreamSource } from '../../domain/ports/stream-source.port.js';
import { StreamTables } from '../../domain/ports/stream-tables.port.js';
import { CopyLimits } from '../../domain/stream-onboarding/copy-limits.js';
import { tidyConnector } from './connector-life.js';
import { BatchStore } from './copier/batch-store.js';
import { StreamWorker, type WorkerPorts } from './copier/stream-worker.js';
import { StreamWorkerLifecycle } from './copier/stream-worker-lifecycle.js';

const PORTS = [
  StreamSource,
  ShardLeases,
  Connectors,
  StreamTables,
  DeadLetters,
  Clock,
  Log,
  Metrics,
  CopyLimits,
  EventCodec,
  EventTables,
] as const;
type Resolved<T> = { [K in keyof T]: T[K] extends abstract new (...args: never[]) => infer I ? I : never };

/** Copies streams for as long as the process runs. */
@Module({
  providers: [
    { provide: StreamWorker, inject: [...PORTS], useFactory: makeWorker },
    {
      provide: StreamWorkerLifecycle,
      inject: [StreamWorker, HealthProbes, CopyLimits],
      useFactory: (worker: StreamWorker, probes: HealthProbes, limits: CopyLimits) =>
        new StreamWorkerLifecycle(worker, probes, limits),
    },
  ],
})
export class StreamWorkerModule {}

function makeWorker(...resolved: Resolved<typeof PORTS>): StreamWorker {
  const [source, leases, connectors, tables, deadLetters, clock, log, metrics, limits, codec, events] = resolved;
  const ports: WorkerPorts = {
    source,
    leases,
    connectors,
    deadLetters,
    store: new BatchStore(tables, deadLetters, events),
    codec,
    clock,
    log,
    metrics,
    limits,
    tidy: (connector) => tidyConnector({ connectors, tables, leases }, connector, clock.nowMs()),
  };
  return new StreamWorker(`${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`, ports);
}
