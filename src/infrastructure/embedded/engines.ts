/** The engines the service can start itself when no URL is set for them. */
export const ENGINE_NAMES = ['postgres', 'clickhouse', 'kinesis', 'dynamodb', 's3', 'lambda', 'secrets'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** Where an engine listens, and what a client needs to be let in. */
export interface EngineEndpoint {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly region?: string;
}

/** The one identity the embedded AWS endpoints know. */
export const EMBEDDED_AWS = {
  accessKeyId: 'penstock',
  secretAccessKey: 'penstock-local',
  region: 'us-east-1',
} as const;

/**
 * Embedded engines of one PENSTOCK_HOME, started on first use and shared by every process on it.
 * Adapters hold this, and ask only when their own URL is not set.
 */
export abstract class EmbeddedEngines {
  /** Starts the engine unless it runs, and answers where it listens. @throws PenstockError `engine.unavailable` */
  abstract endpoint(engine: EngineName): Promise<EngineEndpoint>;

  /** Lets go of the engines; the last process to do so stops them, and waits for it. */
  abstract close(): Promise<void>;
}
