import type { PostgresSettings } from '../config/postgres.settings.js';
import type { EmbeddedEngines, EngineEndpoint } from '../embedded/engines.js';

/** Where PostgreSQL is; asked on first use, because an embedded engine starts only then. */
export type PostgresAddress = () => Promise<EngineEndpoint>;

/** One connection string: drivers let the one they are given override every other option, empty parts included. */
export function postgresUrl({ url, user, password, database }: EngineEndpoint): string {
  const full = new URL(url);
  if (user !== undefined) full.username = encodeURIComponent(user);
  if (password !== undefined) full.password = encodeURIComponent(password);
  if (database !== undefined) full.pathname = `/${encodeURIComponent(database)}`;
  return full.toString();
}

/** The server of the settings, by URL or by parts, or the embedded engine where none is set. */
export function configuredAddress(settings: PostgresSettings, engines: EmbeddedEngines): PostgresAddress {
  const { url, host, port, database, user, password } = settings;
  if (url !== undefined) return () => Promise.resolve({ url });
  if (host === undefined) return () => engines.endpoint('postgres');
  const name = host.includes(':') ? `[${host}]` : host;
  return () => Promise.resolve({ url: `postgresql://${name}:${port}`, user, database, ...(password && { password }) });
}
