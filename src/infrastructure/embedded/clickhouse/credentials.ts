import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { raise } from './exceptions.js';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** @throws ClickHouseException AUTHENTICATION_FAILED, which never says what was wrong, nor how much of it */
export function authenticate(expected: Credentials, headers: IncomingHttpHeaders, params: URLSearchParams): void {
  const given = credentialsOf(headers, params);
  const user = same(given.user, expected.user);
  const password = same(given.password, expected.password);
  if (user && password) return;
  throw refused('password is incorrect, or there is no user with such name.');
}

/** Digests of equal length, so that the time taken tells neither a prefix nor a length. */
function same(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** The three ways a server knows; it does not take two of them in one request. */
function credentialsOf(headers: IncomingHttpHeaders, params: URLSearchParams): Credentials {
  const ways = [fromHeaders(headers), fromAuthorization(headers.authorization), fromParams(params)];
  const [given, ...others] = ways.filter((way) => way !== undefined);
  if (others.length > 0) throw refused('it is not allowed to use two authentication methods at once.');
  return given ?? { user: 'default', password: '' };
}

function fromHeaders(headers: IncomingHttpHeaders): Credentials | undefined {
  const [user, password] = [headers['x-clickhouse-user'], headers['x-clickhouse-key']].map((value) =>
    value?.toString(),
  );
  return user === undefined && password === undefined ? undefined : { user: user ?? '', password: password ?? '' };
}

function fromAuthorization(authorization: string | undefined): Credentials | undefined {
  if (authorization === undefined) return undefined;
  const [scheme = '', value = ''] = authorization.split(' ');
  if (scheme.toLowerCase() !== 'basic') throw refused('only the Basic scheme is supported.');
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? { user: text, password: '' } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function fromParams(params: URLSearchParams): Credentials | undefined {
  if (!params.has('user') && !params.has('password')) return undefined;
  return { user: params.get('user') ?? 'default', password: params.get('password') ?? '' };
}

function refused(reason: string) {
  return raise('AUTHENTICATION_FAILED', `Authentication failed: ${reason}`);
}
