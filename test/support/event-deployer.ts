import { StreamEventConnectors } from '../../src/application/stream-onboarding/event-connectors/stream-event-connectors.js';
import { type DomainConfig, subjectOf } from '../../src/domain/event-pipelines/domain-config.js';
import type { EventValues } from '../../src/domain/event-pipelines/avro-schema.js';
import type { EventConnectors } from '../../src/domain/ports/event-connectors.port.js';
import { AvroEventCodec } from '../../src/infrastructure/avro/avro-event-codec.js';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseEventTables } from '../../src/infrastructure/clickhouse/clickhouse-event-tables.js';
import { ClickhouseStreamTables } from '../../src/infrastructure/clickhouse/clickhouse-stream-tables.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { DynamodbSettings } from '../../src/infrastructure/config/dynamodb.settings.js';
import { DynamodbConnectors } from '../../src/infrastructure/dynamodb/dynamodb-connectors.js';
import { DynamodbShardLeases } from '../../src/infrastructure/dynamodb/dynamodb-shard-leases.js';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';
import { KinesisClients } from '../../src/infrastructure/kinesis/kinesis-clients.js';
import { KinesisStreamSink } from '../../src/infrastructure/kinesis/kinesis-stream-sink.js';
import { KinesisStreamSource } from '../../src/infrastructure/kinesis/kinesis-stream-source.js';
import { PostgresPool } from '../../src/infrastructure/postgres/postgres-pool.js';
import { PostgresSchemaRegistry } from '../../src/infrastructure/postgres/registry/postgres-schema-registry.js';
import { RegistryTurn } from '../../src/infrastructure/postgres/registry/registry-turn.js';
import { CountedMetrics } from './counted-metrics.js';
import { dynamodbAt } from './dynamodb-adapters.js';
import { AWS, type RunningPenstock } from './running-penstock.js';

type Engines = Record<'postgres' | 'clickhouse' | 'kinesis' | 'dynamodb', EngineEndpoint>;

const TIMEOUTS = { insertTimeoutMs: 60_000, statementTimeoutMs: 60_000 };

/** What a deploy has at hand, beside a running service and on its engines. */
export class EventDeployer {
  private constructor(
    readonly connectors: EventConnectors,
    private readonly registry: PostgresSchemaRegistry,
    private readonly codec: AvroEventCodec,
    readonly close: () => Promise<void>,
  ) {}

  static async beside(service: RunningPenstock): Promise<EventDeployer> {
    const engines = (await service.cliJson('engines')) as unknown as Engines;
    const names = new DynamodbSettings();
    const clock = new SystemClock();
    const dynamodb = dynamodbAt(engines.dynamodb);
    const address = { url: engines.kinesis.url, region: 'us-east-1', ...AWS };
    const kinesis = new KinesisClients(async () => address, { requestTimeoutMs: 20_000 });
    const connection = new ClickhouseConnection(async () => engines.clickhouse, {
      maxConnections: 4,
      idleTimeoutMs: 60_000,
    });
    const pool = new PostgresPool(async () => engines.postgres, { poolSize: 3, statementTimeoutMs: 60_000 });
    const registry = new PostgresSchemaRegistry(pool, new RegistryTurn(pool), new CountedMetrics());
    const connectors = new StreamEventConnectors({
      connectors: new DynamodbConnectors(dynamodb.tables, names),
      leases: new DynamodbShardLeases(dynamodb.tables, names.leasesTable),
      tables: new ClickhouseStreamTables(connection, clock, TIMEOUTS),
      events: new ClickhouseEventTables(connection, TIMEOUTS),
      registry,
      source: new KinesisStreamSource(kinesis, clock, { pollMs: 50, patienceMs: 5000 }),
      sink: new KinesisStreamSink(kinesis, clock, { maxPutBytes: 5_242_880, aggregate: true }),
      clock,
    });
    const close = async (): Promise<void> => {
      kinesis.close();
      await Promise.all([dynamodb.connection.close(), connection.close(), pool.close()]);
    };
    return new EventDeployer(connectors, registry, new AvroEventCodec(registry), close);
  }

  /** Writes events by the newest schema of the type; `id` in place of the registry's: as somebody else's would be. */
  async encoder(domain: DomainConfig, eventType: string): Promise<(event: EventValues) => Uint8Array> {
    const latest = await this.registry.latest(subjectOf(domain, eventType));
    if (latest === undefined) throw new Error('The event type is not deployed.');
    return this.encoderBy(latest.schema, latest.id);
  }

  encoderBy(schema: string, id: number): (event: EventValues) => Uint8Array {
    const encoder = this.codec.encoder(schema, id);
    return (event) => Uint8Array.from(encoder.encode(event));
  }
}
