import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Connectors } from '../../domain/ports/connectors.port.js';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { ShardLeases } from '../../domain/ports/shard-leases.port.js';
import { bind } from '../bind.js';
import { AwsSettings } from '../config/aws.settings.js';
import { awsAddress } from '../config/aws-target.js';
import { DynamodbSettings } from '../config/dynamodb.settings.js';
import { EmbeddedEngines } from '../embedded/engines.js';
import { DynamodbConnectors } from './dynamodb-connectors.js';
import { DynamodbShardLeases } from './dynamodb-shard-leases.js';
import { DynamodbStore } from './dynamodb-store.js';

/** Leases, checkpoints and connectors. */
@Global()
@Module({
  providers: [
    bind(
      DynamodbStore,
      [DynamodbSettings, AwsSettings, EmbeddedEngines, HealthProbes],
      (settings, aws, engines, probes) => {
        const store = new DynamodbStore(awsAddress('dynamodb', settings.endpointUrl, aws, engines), settings);
        probes.register({ name: 'dynamodb', check: (signal) => store.check(signal) });
        return store;
      },
    ),
    bind(
      ShardLeases,
      [DynamodbStore, DynamodbSettings],
      (store, { leaseTable }) => new DynamodbShardLeases(store, leaseTable),
    ),
    bind(
      Connectors,
      [DynamodbStore, DynamodbSettings],
      (store, { connectorTable, streamTableMap }) =>
        new DynamodbConnectors(store, { connectors: connectorTable, streamTableMap }),
    ),
  ],
  exports: [ShardLeases, Connectors],
})
export class DynamodbModule implements OnApplicationShutdown {
  constructor(@Inject(DynamodbStore) private readonly store: DynamodbStore) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
