import type { PostgresSettings } from '../config/postgres.settings.js';
import type { EmbeddedEngines } from '../embedded/engines.js';
import type { PostgresAddress } from './postgres-address.js';

/** The server of the settings, or the embedded engine where none is set. */
export function postgresAddress(settings: PostgresSettings, engines: EmbeddedEngines): PostgresAddress {
  const { url, host, port, database, user, password } = settings;
  if (url !== undefined) return async () => ({ url });
  if (host === undefined) return () => engines.endpoint('postgres');
  const server = host.includes(':') ? `[${host}]` : host;
  const keys = { user, database, ...(password === undefined ? {} : { password }) };
  return async () => ({ url: `postgresql://${server}:${port}`, ...keys });
}
