import { Module } from '@nestjs/common';
import { ProducerLimits } from '../../domain/event-pipelines/producer-limits.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { DomainConfigs } from '../../domain/ports/domain-configs.port.js';
import { EventCodec } from '../../domain/ports/event-codec.port.js';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { Log } from '../../domain/ports/log.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { SchemaRegistry } from '../../domain/ports/schema-registry.port.js';
import { StreamSink } from '../../domain/ports/stream-sink.port.js';
import { EventProducers } from './event-producers.js';
import { GenerateEventsHandler } from './generate-events.query.js';
import { KnownDomains } from './known-domains.js';
import { ProduceEventsHandler } from './produce-events.command.js';
import { PublishEventsHandler } from './publish-events.command.js';

const PORTS = [StreamSink, SchemaRegistry, EventCodec, Clock, Metrics, Log, HealthProbes, ProducerLimits] as const;
type Resolved<T> = { [K in keyof T]: T[K] extends abstract new (...args: never[]) => infer I ? I : never };

@Module({
  providers: [
    {
      provide: KnownDomains,
      inject: [DomainConfigs, Clock],
      useFactory: (configs: DomainConfigs, clock: Clock) => new KnownDomains(configs, clock),
    },
    { provide: EventProducers, inject: [...PORTS], useFactory: makeProducers },
    GenerateEventsHandler,
    ProduceEventsHandler,
    PublishEventsHandler,
  ],
})
export class EventsModule {}

function makeProducers(...resolved: Resolved<typeof PORTS>): EventProducers {
  const [sink, registry, codec, clock, metrics, log, probes, limits] = resolved;
  return new EventProducers({ sink, registry, codec, clock, metrics, log, probes }, limits);
}
