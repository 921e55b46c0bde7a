import type { Type } from '@nestjs/common';

/** A first word of the command line, and what it needs. */
export interface CommandGroup {
  readonly name: string;
  readonly description: string;
  /** Capabilities whose handlers its commands send messages to. `all`: every one. `none`: it sets up its own process. */
  readonly capabilities: readonly string[] | 'all' | 'none';
  /** Whether its options, which have underscores, may be typed with hyphens as well. */
  readonly takesHyphens?: true;
  /** Loaded only when the group was chosen: loading everything would take longer than most commands. */
  readonly load: () => Promise<Type>;
}

/** All commands, in the order of `--help`, which is answered from this table alone. A test keeps it true. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  {
    name: 'serve',
    description: 'Run the API, the probes and the stream workers',
    capabilities: 'none',
    load: async () => (await import('./process/process-cli.module.js')).ServeCliModule,
  },
  {
    name: 'worker',
    description: 'Run the stream workers, with probes and metrics',
    capabilities: 'none',
    load: async () => (await import('./process/process-cli.module.js')).WorkerCliModule,
  },
  {
    name: 'engines',
    description: 'Show where the embedded engines listen, or stop them',
    capabilities: [],
    load: async () => (await import('./engines/engines-cli.module.js')).EnginesCliModule,
  },
  {
    name: 'migrate',
    description: "Bring the service's own objects in PostgreSQL and ClickHouse up to date, or see where they stand",
    capabilities: ['migrate'],
    load: async () => (await import('./migrate/migrate-cli.module.js')).MigrateCliModule,
  },
  {
    name: 'streams',
    description: 'Look at streams, and onboard them into the warehouse',
    capabilities: ['stream-onboarding'],
    load: async () => (await import('./streams/streams-cli.module.js')).StreamsCliModule,
  },
  {
    name: 'connectors',
    description: 'See and steer what is copied from streams, and its dead letters',
    capabilities: ['stream-onboarding'],
    load: async () => (await import('./connectors/connectors-cli.module.js')).ConnectorsCliModule,
  },
  {
    name: 'pipelines',
    description: 'Deploy domains of events, and see their windows and alerts',
    capabilities: ['pipelines'],
    takesHyphens: true,
    load: async () => (await import('./pipelines/pipelines-cli.module.js')).PipelinesCliModule,
  },
  {
    name: 'create-monthly-partitions',
    description: 'Create the monthly partitions of some years in a table that is partitioned by date',
    capabilities: ['partitions'],
    load: async () => (await import('./partitions/partitions-cli.module.js')).CreateMonthlyPartitionsCliModule,
  },
  {
    name: 'maintain-partitions',
    description: 'Create the partitions of the months ahead, and detach those that are old',
    capabilities: ['partitions'],
    load: async () => (await import('./partitions/partitions-cli.module.js')).MaintainPartitionsCliModule,
  },
  {
    name: 'reports',
    description: 'Print the reports of sales, and look after what makes them fast',
    capabilities: ['reports'],
    load: async () => (await import('./reports/reports-cli.module.js')).ReportsCliModule,
  },
  {
    name: 'query',
    description: 'Run one statement against the warehouse',
    capabilities: ['stream-onboarding', 'guarded-sql'],
    load: async () => (await import('./query/query-cli.module.js')).QueryCliModule,
  },
  {
    name: 'objects',
    description: 'List, download, upload, patch and remove objects of the bucket',
    capabilities: ['object-storage'],
    load: async () => (await import('./objects/objects-cli.module.js')).ObjectsCliModule,
  },
  {
    name: 'export',
    description: 'Export events of vendors',
    capabilities: ['amplitude', 'appmetrica'],
    load: async () => (await import('./export/export-cli.module.js')).ExportCliModule,
  },
  {
    name: 'runs',
    description: 'Start workflows, and see how they go',
    capabilities: ['workflows', 'run-log'],
    load: async () => (await import('./runs/runs-cli.module.js')).RunsCliModule,
  },
  {
    name: 'load',
    description: 'Load rows into a warehouse table, all of them or none: NDJSON, JSON or CSV, also as gzip; - is stdin',
    capabilities: ['warehouse-tables'],
    load: async () => (await import('./load/load-cli.module.js')).LoadCliModule,
  },
  {
    name: 'create-schema',
    description: 'Run a file of SQL in one transaction',
    capabilities: ['imports'],
    load: async () => (await import('./create-schema/create-schema-cli.module.js')).CreateSchemaCliModule,
  },
  {
    name: 'import-data',
    description: 'Import a file of CSV into a table: its good rows, or nothing',
    capabilities: ['imports'],
    takesHyphens: true,
    load: async () => {
      (await import('./lean-heap.js')).keepHeapLean();
      return (await import('./import-data/import-data-cli.module.js')).ImportDataCliModule;
    },
  },
  {
    name: 'imports',
    description: 'See which files were imported, and their bad rows',
    capabilities: ['imports'],
    load: async () => (await import('./imports/imports-cli.module.js')).ImportsCliModule,
  },
  {
    name: 'domains',
    description: 'See the domains of events that are configured',
    capabilities: ['domains'],
    load: async () => (await import('./domains/domains-cli.module.js')).DomainsCliModule,
  },
  {
    name: 'config',
    description: 'See the configuration of a domain, and where each value comes from',
    capabilities: ['domains'],
    load: async () => (await import('./config/config-cli.module.js')).ConfigCliModule,
  },
  {
    name: 'events',
    description: 'Make synthetic events of a domain, and publish events',
    capabilities: ['events'],
    takesHyphens: true,
    load: async () => (await import('./events/events-cli.module.js')).EventsCliModule,
  },
  {
    name: 'schemas',
    description: "Generate the Avro schemas of a domain's events, check and register them",
    capabilities: ['domains', 'domain-schemas'],
    load: async () => (await import('./schemas/schemas-cli.module.js')).SchemasCliModule,
  },
  {
    name: 'health',
    description: 'Check every engine the service works with',
    capabilities: 'all',
    load: async () => (await import('./health/health-cli.module.js')).HealthCliModule,
  },
];
