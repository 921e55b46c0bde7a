import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { Log } from '../../domain/ports/log.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { ObjectStore } from '../../domain/ports/object-store.port.js';
import { bind } from '../bind.js';
import { AwsSettings } from '../config/aws.settings.js';
import { S3Settings } from '../config/s3.settings.js';
import { EmbeddedEngines } from '../embedded/engines.js';
import { isConfigured, s3Address } from './s3-address.js';
import { S3Connection } from './s3-connection.js';
import { S3ObjectStore } from './s3-object-store.js';

@Global()
@Module({
  providers: [
    bind(S3Connection, [S3Settings, AwsSettings, EmbeddedEngines, HealthProbes], (settings, aws, engines, probes) => {
      const connection = new S3Connection(s3Address(settings, aws, engines), settings);
      if (isConfigured(settings, aws)) probes.register({ name: 's3', check: (signal) => connection.check(signal) });
      return connection;
    }),
    bind(
      ObjectStore,
      [S3Connection, Log, Metrics, S3Settings],
      (connection, log, metrics, { parallelParts }) =>
        new S3ObjectStore(connection, { log, metrics }, { parallelParts }),
    ),
  ],
  exports: [ObjectStore],
})
export class S3Module implements OnApplicationShutdown {
  constructor(@Inject(S3Connection) private readonly connection: S3Connection) {}

  onApplicationShutdown(): void {
    this.connection.close();
  }
}
