import type { Type } from '@nestjs/common';

/** A first word of the command line, and what it needs. */
export interface CommandGroup {
  readonly name: string;
  readonly description: string;
  /** Capabilities whose handlers its commands send messages to. `all`: every one. `none`: it sets up its own process. */
  readonly capabilities: readonly string[] | 'all' | 'none';
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
    name: 'query',
    description: 'Run one statement against the warehouse',
    capabilities: ['stream-onboarding', 'guarded-sql'],
    load: async () => (await import('./query/query-cli.module.js')).QueryCliModule,
  },
  {
    name: 'health',
    description: 'Check every engine the service works with',
    capabilities: 'all',
    load: async () => (await import('./health/health-cli.module.js')).HealthCliModule,
  },
];
