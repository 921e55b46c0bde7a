import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { raise } from './exceptions.js';
import { LIMITS } from './limits.js';

/** What the URL and the headers of one request ask for; the statement itself may be in the body. */
export interface QueryRequest {
  /** Ours: unique for ever. */
  readonly requestId: string;
  /** The client's, or a new one; unique among the running queries. */
  readonly queryId: string;
  readonly database: string | undefined;
  readonly defaultFormat: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly params: ReadonlyMap<string, string>;
  readonly session: SessionRequest | undefined;
  readonly waitEndOfQuery: boolean;
  /** Everything but POST may only read. */
  readonly mayWrite: boolean;
}

export interface SessionRequest {
  readonly id: string;
  readonly timeoutS: number;
  /** Only a session that exists already will do. */
  readonly mustExist: boolean;
}

/** Parameters of the interface; everything else is a setting (HTTPHandler's own list). */
const RESERVED = new Set(
  (
    'query user password quota_key query_id role database default_format stacktrace session_id session_timeout ' +
    'session_check close_session client_protocol_version compress decompress buffer_size wait_end_of_query'
  ).split(' '),
);

export function readRequest(request: IncomingMessage, url: URLSearchParams, form: URLSearchParams): QueryRequest {
  refuseUnsupported(url);
  const all = [...url, ...form].filter(([name]) => name !== '' && !RESERVED.has(name));
  const isParam = ([name]: readonly [string, string]) => name.startsWith('param_');
  return {
    requestId: randomUUID(),
    queryId: (url.get('query_id') ?? header(request, 'x-clickhouse-query-id')) || randomUUID(),
    database: (header(request, 'x-clickhouse-database') ?? url.get('database')) || undefined,
    defaultFormat: (header(request, 'x-clickhouse-format') ?? url.get('default_format')) || 'TabSeparated',
    settings: new Map(all.filter((entry) => !isParam(entry)).map(([name, value]) => [settingName(name), value])),
    params: new Map(all.filter(isParam).map(([name, value]) => [settingName(name), value])),
    session: sessionOf(url),
    waitEndOfQuery: isOn(url.get('wait_end_of_query')),
    mayWrite: request.method === 'POST',
  };
}

function header(request: IncomingMessage, name: string): string | undefined {
  return request.headers[name]?.toString();
}

export function isOn(value: string | null | undefined): boolean {
  return value === '1' || value === 'true';
}

function refuseUnsupported(url: URLSearchParams): void {
  if (isOn(url.get('compress')) || isOn(url.get('decompress'))) {
    throw raise('NOT_IMPLEMENTED', 'The native compression is not part of the embedded engine; use HTTP compression.');
  }
  const role = url.get('role');
  if (role !== null) throw raise('UNKNOWN_ROLE', 'The embedded engine has no roles.');
}

/** Names go into a SET as they are, so they are nothing but names. */
function settingName(name: string): string {
  if (!/^\w+$/.test(name))
    throw raise('BAD_ARGUMENTS', 'The name of a setting or parameter has other characters than letters, digits and _.');
  return name;
}

function sessionOf(url: URLSearchParams): SessionRequest | undefined {
  const id = url.get('session_id');
  if (!id) return undefined;
  const written = url.get('session_timeout') ?? String(LIMITS.defaultSessionTimeoutS);
  const timeoutS = Number(written);
  if (!/^\d+$/.test(written) || timeoutS > LIMITS.maxSessionTimeoutS) {
    throw raise(
      'INVALID_SESSION_TIMEOUT',
      `Invalid session timeout; the longest is ${LIMITS.maxSessionTimeoutS} seconds.`,
    );
  }
  return { id, timeoutS, mustExist: url.get('session_check') === '1' };
}
