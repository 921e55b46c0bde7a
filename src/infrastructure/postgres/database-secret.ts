import { PenstockError } from '../../domain/errors.js';
import type { EngineEndpoint } from '../embedded/engines.js';

/** As AWS writes secrets of databases: https://docs.aws.amazon.com/secretsmanager, "JSON structure of database secrets". */
interface Members {
  readonly url?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
  readonly username?: unknown;
  readonly password?: unknown;
  readonly dbname?: unknown;
}

const IS_URL = /^postgres(ql)?:\/\//u;

/**
 * A database by a secret: a postgresql:// URL, or JSON with `host`, `port`, `username`, `password` and `dbname`, or `url`. What
 * it leaves out is taken from `otherwise`: secrets that RDS manages have user and password alone.
 *
 * @throws PenstockError `secret.invalid`
 */
export function databaseOf(id: string, value: string, otherwise: EngineEndpoint | undefined): EngineEndpoint {
  if (IS_URL.test(value)) return requireUrl(id, { url: value.trim() });
  const { url, host, port, username, password, dbname } = membersOf(id, value);
  const keys = {
    ...textAs('user', username),
    ...textAs('password', password),
    ...textAs('database', dbname),
  };
  if (typeof url === 'string' && IS_URL.test(url)) return requireUrl(id, { url, ...keys });
  if (typeof host === 'string') return requireUrl(id, { ...otherwise, url: serverUrl(host, port), ...keys });
  if (otherwise !== undefined) return { ...otherwise, ...keys };
  throw invalid(id, 'names no host, and neither DWH_DATABASE_URL nor CLUE_DB_HOST does');
}

function membersOf(id: string, value: string): Members {
  try {
    const members: unknown = JSON.parse(value);
    if (typeof members === 'object' && members !== null) return members;
  } catch {
    // Not with what the parser says: it quotes.
  }
  throw invalid(id, 'is neither a postgresql:// URL nor a JSON object');
}

function textAs<K extends string>(name: K, value: unknown): Partial<Record<K, string>> {
  return typeof value === 'string' && value !== '' ? ({ [name]: value } as Record<K, string>) : {}; // has that one name
}

function serverUrl(host: string, port: unknown): string {
  const number = typeof port === 'number' || typeof port === 'string' ? `:${port}` : '';
  return `postgresql://${host.includes(':') ? `[${host}]` : host}${number}`;
}

function requireUrl(id: string, endpoint: EngineEndpoint): EngineEndpoint {
  if (URL.canParse(endpoint.url)) return endpoint;
  throw invalid(id, 'names no server that could be connected to');
}

function invalid(id: string, how: string): PenstockError {
  return new PenstockError('secret.invalid', `The secret "${id}" ${how}.`);
}
