import type { DomainConfig } from './domain-config.js';

/** A domain that runs, as it was when it was deployed last: its configuration has no place that a secret could stand in. */
export interface Deployment {
  readonly domain: DomainConfig;
  /** Whose file was merged in; unset: none. */
  readonly environment?: string;
  /** Milliseconds since the epoch. */
  readonly deployedAtMs: number;
  /** When it was deployed first, since it was removed last. */
  readonly createdAtMs: number;
  /** The caller's name; `local` for the command line. */
  readonly deployedBy: string;
}

/** What a deploy records; the times are the store's. */
export type NewDeployment = Omit<Deployment, 'deployedAtMs' | 'createdAtMs'>;
