import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.port.js';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { StreamSink } from '../../domain/ports/stream-sink.port.js';
import { StreamSource } from '../../domain/ports/stream-source.port.js';
import { bind } from '../bind.js';
import { AwsSettings } from '../config/aws.settings.js';
import { KinesisSettings } from '../config/kinesis.settings.js';
import { EmbeddedEngines } from '../embedded/engines.js';
import { kinesisAddress } from './kinesis-address.js';
import { KinesisClients } from './kinesis-clients.js';
import { KinesisStreamSink } from './kinesis-stream-sink.js';
import { KinesisStreamSource } from './kinesis-stream-source.js';

@Global()
@Module({
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
      [KinesisClients, Clock, KinesisSettings],
      (clients, clock, settings) => new KinesisStreamSource(clients, clock, settings),
    ),
    bind(
      StreamSink,
      [KinesisClients, Clock, KinesisSettings],
      (clients, clock, settings) => new KinesisStreamSink(clients, clock, settings),
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
