import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { StreamSink } from '../../domain/ports/stream-sink.port.js';
import { StreamSource } from '../../domain/ports/stream-source.port.js';
import { bind } from '../bind.js';
import { AwsSettings } from '../config/aws.settings.js';
import { awsAddress } from '../config/aws-target.js';
import { KinesisSettings } from '../config/kinesis.settings.js';
import { EmbeddedEngines } from '../embedded/engines.js';
import { KinesisClients } from './kinesis-clients.js';
import { KinesisStreamSink } from './kinesis-stream-sink.js';
import { KinesisStreamSource } from './kinesis-stream-source.js';

/** Streams, to read from and to publish to. */
@Global()
@Module({
  providers: [
    bind(
      KinesisClients,
      [KinesisSettings, AwsSettings, EmbeddedEngines, HealthProbes],
      (settings, aws, engines, probes) => {
        const clients = new KinesisClients(awsAddress('kinesis', settings.endpointUrl, aws, engines), settings);
        probes.register({ name: 'kinesis', check: (signal) => clients.check(signal) });
        return clients;
      },
    ),
    bind(
      StreamSource,
      [KinesisClients, KinesisSettings],
      (clients, settings) => new KinesisStreamSource(clients, settings),
    ),
    bind(
      StreamSink,
      [KinesisClients, KinesisSettings],
      (clients, settings) => new KinesisStreamSink(clients, settings),
    ),
  ],
  exports: [StreamSource, StreamSink],
})
export class KinesisModule implements OnApplicationShutdown {
  constructor(@Inject(KinesisClients) private readonly clients: KinesisClients) {}

  async onApplicationShutdown(): Promise<void> {
    await this.clients.close();
  }
}
