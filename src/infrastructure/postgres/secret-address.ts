import type { SecretStore } from '../../domain/ports/secret-store.port.js';
import type { EngineEndpoint } from '../embedded/engines.js';
import { databaseOf } from './database-secret.js';
import { postgresUrl } from './postgres-address.js';

export interface SecretAddressOptions {
  readonly id: string;
  /** Where the database is, as far as the settings say. */
  readonly otherwise: EngineEndpoint | undefined;
  /** How old a value may be. */
  readonly maxAgeMs: number;
  readonly nowMs: () => number;
}

/** A password that is wrong is not asked for again and again. */
const REREAD_PAUSE_MS = 1000;

/**
 * The database as a secret says, which may change while the service runs: it is read again when it is old, and at once when
 * PostgreSQL refuses what it said. A store that does not answer is no reason to give up a value that may still be right.
 */
export class SecretAddress {
  private known: { readonly endpoint: EngineEndpoint; readonly readAtMs: number } | undefined;
  private reading: Promise<EngineEndpoint> | undefined;

  constructor(
    private readonly secrets: SecretStore,
    private readonly options: SecretAddressOptions,
  ) {}

  /** @param refused what PostgreSQL did not let in with */
  async endpoint(refused?: EngineEndpoint): Promise<EngineEndpoint> {
    const { known } = this;
    if (known !== undefined && !this.isDue(known, refused)) return known.endpoint;
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private isDue(
    { endpoint, readAtMs }: { endpoint: EngineEndpoint; readAtMs: number },
    refused?: EngineEndpoint,
  ): boolean {
    const ageMs = this.options.nowMs() - readAtMs;
    if (ageMs >= this.options.maxAgeMs) return true;
    const isRefused = refused !== undefined && postgresUrl(refused) === postgresUrl(endpoint);
    return isRefused && ageMs >= REREAD_PAUSE_MS;
  }

  private async read(): Promise<EngineEndpoint> {
    const { id, otherwise, nowMs } = this.options;
    try {
      const { value } = await this.secrets.read(id);
      this.known = { endpoint: databaseOf(id, value, otherwise), readAtMs: nowMs() };
    } catch (cause) {
      if (this.known === undefined) throw cause;
      this.known = { ...this.known, readAtMs: nowMs() };
    }
    return this.known.endpoint;
  }
}
