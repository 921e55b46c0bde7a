import type { EngineEndpoint } from '../embedded/engines.js';

/**
 * Where PostgreSQL is; asked for every use, because an embedded engine starts on first use and may move, and passwords
 * change. Whoever was not let in says with what, and may be told something newer.
 */
export type PostgresAddress = (refused?: EngineEndpoint) => Promise<EngineEndpoint>;

/** One connection string: drivers let the one they are given override every other option, empty parts included. */
export function postgresUrl({ url, user, password, database }: EngineEndpoint): string {
  const full = new URL(url);
  if (user !== undefined) full.username = encodeURIComponent(user);
  if (password !== undefined) full.password = encodeURIComponent(password);
  if (database !== undefined) full.pathname = `/${encodeURIComponent(database)}`;
  return full.toString();
}
