import type { ClickhouseSettings } from '../config/clickhouse.settings.js';
import type { EmbeddedEngines } from '../embedded/engines.js';
import type { ClickhouseAddress } from './clickhouse-connection.js';

/** The server of the settings, or the embedded engine where none is set. */
export function clickhouseAddress(settings: ClickhouseSettings, engines: EmbeddedEngines): ClickhouseAddress {
  const { url, user, password, database } = settings;
  if (url !== undefined) return async () => ({ url, user, password, database });
  return async () => ({ ...(await engines.endpoint('clickhouse')), database });
}
