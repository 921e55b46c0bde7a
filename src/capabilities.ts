/* oxlint-disable max-lines -- one list of everything the product does */
import type { DynamicModule, Type } from '@nestjs/common';

type Modules = () => Promise<readonly (DynamicModule | Type)[]>;

/** One thing the product does, as modules that are only loaded by the processes that need them. */
export interface Capability {
  readonly name: string;
  /** Its handlers, and the adapters of the ports they hold. */
  readonly handlers: Modules;
  /** Its routes. */
  readonly http?: Modules;
  /** What goes on by itself, without a request. */
  readonly workers?: Modules;
}

const startMigrations: Modules = async () => [
  (await import('./infrastructure/start-migrations.module.js')).StartMigrationsModule,
];

/** Everything the product does. A new capability is added here, and nowhere else. */
export const CAPABILITIES: readonly Capability[] = [
  {
    name: 'migrate',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/migrations.module.js')).MigrationsModule,
      (await import('./application/migrate/migrate.module.js')).MigrateModule,
    ],
    http: startMigrations,
    workers: startMigrations,
  },
  {
    name: 'stream-onboarding',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/kinesis/kinesis.module.js')).KinesisModule,
      (await import('./infrastructure/dynamodb/dynamodb.module.js')).DynamodbModule,
      (await import('./infrastructure/clickhouse/clickhouse.module.js')).ClickhouseModule,
      (await import('./infrastructure/postgres/postgres.module.js')).PostgresModule,
      (await import('./infrastructure/schema-registry.module.js')).SchemaRegistryModule,
      (await import('./infrastructure/stream-limits.module.js')).StreamLimitsModule,
      (await import('./application/stream-onboarding/stream-onboarding.module.js')).StreamOnboardingModule,
    ],
    http: async () => [
      (await import('./interfaces/http/stream-onboarding/stream-onboarding-http.module.js')).StreamOnboardingHttpModule,
    ],
    workers: async () => [(await import('./application/stream-onboarding/stream-worker.module.js')).StreamWorkerModule],
  },
  {
    name: 'pipelines',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/kinesis/kinesis.module.js')).KinesisModule,
      (await import('./infrastructure/dynamodb/dynamodb.module.js')).DynamodbModule,
      (await import('./infrastructure/clickhouse/clickhouse.module.js')).ClickhouseModule,
      (await import('./infrastructure/postgres/postgres.module.js')).PostgresModule,
      (await import('./infrastructure/domain-configs.module.js')).DomainConfigsModule,
      (await import('./infrastructure/schema-registry.module.js')).SchemaRegistryModule,
      (await import('./infrastructure/follow-limits.module.js')).FollowLimitsModule,
      (await import('./application/stream-onboarding/event-connectors/event-connectors.module.js'))
        .EventConnectorsModule,
      (await import('./application/event-pipelines/pipelines.module.js')).PipelinesModule,
      (await import('./application/event-pipelines/window-changes.module.js')).WindowChangesModule,
    ],
    http: async () => [
      (await import('./interfaces/http/event-pipelines/pipelines-http.module.js')).PipelinesHttpModule,
      (await import('./interfaces/http/event-pipelines/window-changes-http.module.js')).WindowChangesHttpModule,
    ],
    workers: async () => [(await import('./application/event-pipelines/window-follow.module.js')).WindowFollowModule],
  },
  {
    name: 'object-storage',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/s3/s3.module.js')).S3Module,
      (await import('./application/warehouse-loading/object-storage.module.js')).ObjectStorageModule,
    ],
    http: async () => [
      (await import('./interfaces/http/warehouse-loading/object-storage-http.module.js')).ObjectStorageHttpModule,
    ],
  },
  {
    name: 'reports',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/sales-reports.module.js')).SalesReportsModule,
      (await import('./application/sales-reporting/reports.module.js')).ReportsModule,
    ],
    http: async () => [
      (await import('./interfaces/http/sales-reporting/reports-http.module.js')).ReportsHttpModule,
      (await import('./application/sales-reporting/totals-upkeep.module.js')).TotalsUpkeepModule,
    ],
  },
  {
    name: 'partitions',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/table-partitions.module.js')).TablePartitionsModule,
      (await import('./application/sales-reporting/partitions.module.js')).PartitionsModule,
    ],
    http: async () => [
      (await import('./interfaces/http/sales-reporting/partitions-http.module.js')).PartitionsHttpModule,
    ],
  },
  {
    name: 'run-log',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/dynamodb/dynamodb.module.js')).DynamodbModule,
      (await import('./infrastructure/postgres/postgres.module.js')).PostgresModule,
      (await import('./infrastructure/run-log-limits.module.js')).RunLogLimitsModule,
      (await import('./application/workflow-gateway/run-log.module.js')).RunLogModule,
    ],
    http: async () => [(await import('./interfaces/http/workflow-gateway/run-log-http.module.js')).RunLogHttpModule],
  },
  {
    name: 'appmetrica',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/postgres/postgres.module.js')).PostgresModule,
      (await import('./infrastructure/s3/s3.module.js')).S3Module,
      (await import('./infrastructure/appmetrica/appmetrica-ports.module.js')).AppmetricaPortsModule,
      (await import('./infrastructure/job-limits.module.js')).JobLimitsModule,
      (await import('./application/shared/jobs.module.js')).JobsModule,
      (await import('./application/warehouse-loading/appmetrica.module.js')).AppmetricaModule,
    ],
    http: async () => [
      (await import('./interfaces/http/warehouse-loading/appmetrica-http.module.js')).AppmetricaHttpModule,
    ],
    workers: async () => [(await import('./application/shared/job-worker.module.js')).JobWorkerModule],
  },
  {
    name: 'warehouse-tables',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/warehouse-engines.module.js')).WarehouseEnginesModule,
      (await import('./application/warehouse-loading/warehouse-tables.module.js')).WarehouseTablesModule,
    ],
    http: async () => [
      (await import('./interfaces/http/warehouse-loading/warehouse-tables-http.module.js')).WarehouseTablesHttpModule,
    ],
  },
  {
    name: 'amplitude',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/s3/s3.module.js')).S3Module,
      (await import('./infrastructure/warehouse-engines.module.js')).WarehouseEnginesModule,
      (await import('./infrastructure/amplitude/amplitude.module.js')).AmplitudeModule,
      (await import('./application/warehouse-loading/amplitude.module.js')).AmplitudeHandlersModule,
    ],
    http: async () => [
      (await import('./interfaces/http/warehouse-loading/amplitude-http.module.js')).AmplitudeHttpModule,
    ],
  },
  {
    name: 'workflows',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/dynamodb/dynamodb.module.js')).DynamodbModule,
      (await import('./infrastructure/postgres/postgres.module.js')).PostgresModule,
      (await import('./infrastructure/workflow-ports.module.js')).WorkflowPortsModule,
      (await import('./infrastructure/workflow-limits.module.js')).WorkflowLimitsModule,
      (await import('./infrastructure/run-log-limits.module.js')).RunLogLimitsModule,
      (await import('./infrastructure/job-limits.module.js')).JobLimitsModule,
      (await import('./application/shared/jobs.module.js')).JobsModule,
      (await import('./application/workflow-gateway/workflow-runs.module.js')).WorkflowRunsModule,
    ],
    http: async () => [
      (await import('./interfaces/http/workflow-gateway/workflows-http.module.js')).WorkflowsHttpModule,
    ],
    workers: async () => [(await import('./application/shared/job-worker.module.js')).JobWorkerModule],
  },
  {
    name: 'guarded-sql',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/postgres/postgres.module.js')).PostgresModule,
      (await import('./infrastructure/clickhouse/clickhouse.module.js')).ClickhouseModule,
      (await import('./infrastructure/guarded-sql-ports.module.js')).GuardedSqlPortsModule,
      (await import('./application/workflow-gateway/guarded-sql.module.js')).GuardedSqlModule,
    ],
    http: async () => [
      (await import('./interfaces/http/workflow-gateway/guarded-sql-http.module.js')).GuardedSqlHttpModule,
    ],
  },
  {
    name: 'imports',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/postgres/postgres.module.js')).PostgresModule,
      (await import('./infrastructure/yaml/yaml.module.js')).YamlModule,
      (await import('./application/sales-reporting/imports.module.js')).ImportsModule,
    ],
  },
  {
    name: 'import-jobs',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/postgres/postgres.module.js')).PostgresModule,
      (await import('./infrastructure/s3/s3.module.js')).S3Module,
      (await import('./infrastructure/yaml/yaml.module.js')).YamlModule,
      (await import('./infrastructure/job-limits.module.js')).JobLimitsModule,
      (await import('./application/shared/jobs.module.js')).JobsModule,
      (await import('./application/sales-reporting/import-jobs.module.js')).ImportJobsModule,
    ],
    http: async () => [(await import('./interfaces/http/sales-reporting/imports-http.module.js')).ImportsHttpModule],
    workers: async () => [(await import('./application/shared/job-worker.module.js')).JobWorkerModule],
  },
  {
    name: 'domains',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/domain-configs.module.js')).DomainConfigsModule,
      (await import('./application/event-pipelines/domains.module.js')).DomainsModule,
    ],
    http: async () => [(await import('./interfaces/http/event-pipelines/domains-http.module.js')).DomainsHttpModule],
  },
  {
    name: 'domain-schemas',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/postgres/postgres.module.js')).PostgresModule,
      (await import('./infrastructure/schema-registry.module.js')).SchemaRegistryModule,
      (await import('./infrastructure/domain-configs.module.js')).DomainConfigsModule,
      (await import('./application/event-pipelines/domain-schemas.module.js')).DomainSchemasModule,
    ],
  },
  {
    name: 'schema-registry',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/postgres/postgres.module.js')).PostgresModule,
      (await import('./infrastructure/schema-registry.module.js')).SchemaRegistryModule,
      (await import('./application/event-pipelines/registry-handlers.module.js')).RegistryHandlersModule,
    ],
    http: async () => [
      (await import('./interfaces/http/event-pipelines/registry/registry-http.module.js')).RegistryHttpModule,
    ],
  },
  {
    name: 'events',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/kinesis/kinesis.module.js')).KinesisModule,
      (await import('./infrastructure/postgres/postgres.module.js')).PostgresModule,
      (await import('./infrastructure/schema-registry.module.js')).SchemaRegistryModule,
      (await import('./infrastructure/domain-configs.module.js')).DomainConfigsModule,
      (await import('./infrastructure/faker/faker.module.js')).FakerModule,
      (await import('./infrastructure/producer-limits.module.js')).ProducerLimitsModule,
      (await import('./application/event-pipelines/events.module.js')).EventsModule,
    ],
    http: async () => [(await import('./interfaces/http/event-pipelines/events-http.module.js')).EventsHttpModule],
  },
  {
    name: 'warehouse-sinks',
    handlers: async () => [
      (await import('./infrastructure/embedded/embedded.module.js')).EmbeddedModule,
      (await import('./infrastructure/warehouse-sink-ports.module.js')).WarehouseSinkPortsModule,
      (await import('./application/event-pipelines/warehouse-sinks.module.js')).WarehouseSinksModule,
    ],
    http: async () => [(await import('./interfaces/http/event-pipelines/sinks-http.module.js')).SinksHttpModule],
  },
];

/** What `serve --demo` does besides, and no other process. */
export const DEMONSTRATION: Capability = {
  name: 'demonstration',
  handlers: async () => [
    (await import('./application/demonstration/demonstration.module.js')).DemonstrationModule,
    (await import('./interfaces/demonstration/demonstration-driver.module.js')).DemonstrationDriverModule,
  ],
};
