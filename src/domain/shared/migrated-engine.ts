/** The engines in which the service owns objects, in the order they are brought up to date. */
export const MIGRATED_ENGINES = ['postgres', 'clickhouse'] as const;
export type MigratedEngine = (typeof MIGRATED_ENGINES)[number];
