import type { IncomingHttpHeaders } from 'node:http';
import { refusal, type SignatureDialect } from './signature-dialect.js';
import { ALGORITHM, type CredentialScope } from './signing-keys.js';

/** What a request says about its signature, wherever it says it. */
export interface SignatureParts {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** Lower-case names. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly date: string;
  /** Of a presigned URL alone. */
  readonly lifeSeconds?: number;
}

const MAX_LIFE_SECONDS = 7 * 24 * 3600;
const PARTS = ['Credential', 'SignedHeaders', 'Signature'];
const BASIC_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

export function dateMs(date: string): number {
  return Date.parse(date.replace(BASIC_DATE, '$1-$2-$3T$4:$5:$6Z'));
}

export function basicDate(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

/** @throws AwsError for a header that is missing or lacks a part */
export function partsOfHeader(headers: IncomingHttpHeaders, dialect: SignatureDialect): SignatureParts {
  const { authorization } = headers;
  if (!authorization) throw refusal(dialect, 'missing', 'Missing Authentication Token');
  const [algorithm, ...rest] = authorization.split(' ');
  const malformed = (message: string) => refusal(dialect, 'malformed', message);
  if (algorithm !== ALGORITHM) throw refusal(dialect, 'version', OTHER_MECHANISM);
  const parts = new Map(rest.join(' ').split(',').map(pair));
  const [credential, signed, signature] = PARTS.map((name) => parts.get(name));
  if (!credential || !signed || !signature) {
    const missing = PARTS.filter((name) => !parts.get(name));
    throw malformed(missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' '));
  }
  const identity = credentialParts(credential);
  if (!identity) throw malformed('Credential must have five parts: key/date/region/service/aws4_request.');
  const date = requestDate(headers);
  if (!date) throw malformed("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  return { ...identity, signedHeaders: signed.toLowerCase().split(';'), signature, date };
}

/** Of the version before, which S3 too refuses for buckets made since 2020. */
export function isOldSignature(query: URLSearchParams): boolean {
  return query.has('AWSAccessKeyId') && query.has('Signature');
}

export const OTHER_MECHANISM =
  'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.';

/** @throws AwsError for a presigned URL that lacks a part, or is to last longer than a week */
export function partsOfQuery(query: URLSearchParams, dialect: SignatureDialect): SignatureParts {
  const malformed = (message: string) => refusal(dialect, 'malformed-query', message);
  const part = (name: string): string => {
    const value = query.get(`X-Amz-${name}`);
    if (value) return value;
    const needed = 'X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, X-Amz-Expires';
    throw malformed(`Query-string authentication version 4 requires the parameters ${needed}.`);
  };
  if (part('Algorithm') !== ALGORITHM) throw malformed(`X-Amz-Algorithm only supports "${ALGORITHM}".`);
  const identity = credentialParts(part('Credential'));
  if (!identity) throw malformed('X-Amz-Credential must be <key>/YYYYMMDD/REGION/SERVICE/aws4_request.');
  const date = part('Date');
  if (!BASIC_DATE.test(date))
    throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\".");
  const life = part('Expires');
  if (!/^\d{1,9}$/.test(life)) throw malformed('X-Amz-Expires must be a non-negative number of seconds.');
  if (Number(life) > MAX_LIFE_SECONDS) throw malformed(`X-Amz-Expires must be less than ${MAX_LIFE_SECONDS} seconds.`);
  const signedHeaders = part('SignedHeaders').toLowerCase().split(';');
  return { ...identity, signedHeaders, signature: part('Signature'), date, lifeSeconds: Number(life) };
}

function credentialParts(credential: string): Pick<SignatureParts, 'accessKeyId' | 'scope'> | undefined {
  // An access key may hold a slash in theory, so the four parts of the scope are counted from the end.
  const parts = credential.split('/');
  const [day, region, service, terminator] = parts.slice(-4);
  const accessKeyId = parts.slice(0, -4).join('/');
  if (!accessKeyId || !day || !region || !service || terminator !== 'aws4_request') return undefined;
  return { accessKeyId, scope: { day, region, service } };
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, Math.max(at, 0)).trim(), text.slice(at + 1).trim()];
}

function requestDate(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['x-amz-date'];
  if (typeof given === 'string' && BASIC_DATE.test(given)) return given;
  const fallback = given === undefined && headers.date ? Date.parse(headers.date) : Number.NaN;
  return Number.isNaN(fallback) ? undefined : basicDate(fallback);
}
