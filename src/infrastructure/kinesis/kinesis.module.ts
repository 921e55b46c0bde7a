import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.port.js';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { StreamSink } from '../../domain/ports/stream-sink.port.js';
import { StreamSource } from '../../domain/ports/stream-source.port.js';
import { bind } from '../bind.js';
import { AwsSettings } from '../config/aws.settings.js';
import { KinesisSettings } from '../config/kinesis.settings.js';
import { EmbeddedEngines } from '../embedded/engines.js';
import { KafkaModule } from '../kafka/kafka.module.js';
import { KafkaStreams } from '../kafka/kafka-streams.js';
import { SinkRoutes, SourceRoutes } from '../stream-routes.js';
import { kinesisAddress } from './kinesis-address.js';
import { KinesisClients } from './kinesis-clients.js';
import { KinesisStreamSink } from './kinesis-stream-sink.js';
import { KinesisStreamSource } from './kinesis-stream-source.js';

/** Streams to read and write: those of Kinesis, and topics of Kafka, told apart by their names. */
@Global()
@Module({
  imports: [KafkaModule],
  providers: [
    bind(
      KinesisClients,
      [KinesisSettings, AwsSettings, EmbeddedEngines, HealthProbes],
      (settings, aws, engines, probes) => {
        const clients = new KinesisClients(kinesisAddress(settings, aws, engines), settings);
        probes.register({ name: 'kinesis', check: (signal) => clients.check(signal) });
        return clients;
      },
    ),
    bind(
      StreamSource,
      [KinesisClients, Clock, KinesisSettings, KafkaStreams],
      (clients, clock, settings, kafka) => new SourceRoutes(new KinesisStreamSource(clients, clock, settings), kafka),
    ),
    bind(
      StreamSink,
      [KinesisClients, Clock, KinesisSettings, KafkaStreams],
      (clients, clock, settings, kafka) => new SinkRoutes(new KinesisStreamSink(clients, clock, settings), kafka),
    ),
  ],
  exports: [StreamSource, StreamSink],
})
export class KinesisModule implements OnApplicationShutdown {
  constructor(@Inject(KinesisClients) private readonly clients: KinesisClients) {}

  onApplicationShutdown(): void {
    this.clients.close();
  }
}
