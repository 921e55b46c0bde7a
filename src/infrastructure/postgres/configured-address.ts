import type { SecretStore } from '../../domain/ports/secret-store.port.js';
import type { PostgresSettings } from '../config/postgres.settings.js';
import type { EmbeddedEngines, EngineEndpoint } from '../embedded/engines.js';
import type { PostgresAddress } from './postgres-address.js';
import { SecretAddress } from './secret-address.js';

/** The server of the settings, as a secret says where one is named, or the embedded engine where nothing is set. */
export function postgresAddress(
  settings: PostgresSettings,
  engines: EmbeddedEngines,
  secrets: SecretStore,
): PostgresAddress {
  const { secretId: id, secretMaxAgeMs: maxAgeMs } = settings;
  const server = configured(settings);
  if (id !== undefined) {
    const address = new SecretAddress(secrets, { id, otherwise: server, maxAgeMs, nowMs: Date.now });
    return (refused) => address.endpoint(refused);
  }
  return server === undefined ? () => engines.endpoint('postgres') : async () => server;
}

function configured({ url, host, port, database, user, password }: PostgresSettings): EngineEndpoint | undefined {
  if (url !== undefined) return { url };
  if (host === undefined) return undefined;
  const server = host.includes(':') ? `[${host}]` : host;
  return { url: `postgresql://${server}:${port}`, user, database, ...(password === undefined ? {} : { password }) };
}
