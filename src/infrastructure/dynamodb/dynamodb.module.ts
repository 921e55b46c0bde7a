import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Connectors } from '../../domain/ports/connectors.port.js';
import { HealthProbes } from '../../domain/ports/health-probe.port.js';
import { RunLog } from '../../domain/ports/run-log.port.js';
import { ShardLeases } from '../../domain/ports/shard-leases.port.js';
import { bind } from '../bind.js';
import { AwsSettings } from '../config/aws.settings.js';
import { DynamodbSettings } from '../config/dynamodb.settings.js';
import { RunLogSettings } from '../config/run-log.settings.js';
import { EmbeddedEngines } from '../embedded/engines.js';
import { dynamodbAddress } from './dynamodb-address.js';
import { DynamodbConnection } from './dynamodb-connection.js';
import { DynamodbConnectors } from './dynamodb-connectors.js';
import { DynamodbRunLog } from './dynamodb-run-log.js';
import { DynamodbShardLeases } from './dynamodb-shard-leases.js';
import { DynamodbTables } from './dynamodb-tables.js';

@Global()
@Module({
  providers: [
    bind(
      DynamodbConnection,
      [DynamodbSettings, AwsSettings, EmbeddedEngines, HealthProbes],
      (settings, aws, engines, probes) => {
        const connection = new DynamodbConnection(dynamodbAddress(settings, aws, engines), settings);
        probes.register({ name: 'dynamodb', check: (signal) => connection.check(signal) });
        return connection;
      },
    ),
    bind(DynamodbTables, [DynamodbConnection], (connection) => new DynamodbTables(connection)),
    bind(
      ShardLeases,
      [DynamodbTables, DynamodbSettings],
      (tables, settings) => new DynamodbShardLeases(tables, settings.leasesTable),
    ),
    bind(
      Connectors,
      [DynamodbTables, DynamodbSettings],
      (tables, settings) => new DynamodbConnectors(tables, settings),
    ),
    bind(RunLog, [DynamodbTables, RunLogSettings], (tables, settings) => new DynamodbRunLog(tables, settings.table)),
  ],
  exports: [DynamodbConnection, ShardLeases, Connectors, RunLog],
})
export class DynamodbModule implements OnApplicationShutdown {
  constructor(@Inject(DynamodbConnection) private readonly connection: DynamodbConnection) {}

  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }
}
