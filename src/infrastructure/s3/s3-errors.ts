import { type ErrorCode, PenstockError } from '../../domain/errors.js';

export function isNamed(cause: unknown, name: string): boolean {
  return cause instanceof Error && cause.name === name;
}

interface SdkError extends Error {
  readonly code?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** The status the store answered with; 0 for none. */
export function statusOf(cause: unknown): number {
  return cause instanceof Error ? ((cause as SdkError).$metadata?.httpStatusCode ?? 0) : 0;
}

/** Whether a request was tried more than once, so that an earlier try may have succeeded and its answer be lost. */
export function wasRepeated(cause: unknown): boolean {
  return cause instanceof Error && ((cause as SdkError).$metadata?.attempts ?? 1) > 1;
}

/** The condition of a write did not hold: nothing was written. 409 is how S3 says that it could not tell in time. */
export function isConditionFailure(cause: unknown): boolean {
  return statusOf(cause) === 412 || isNamed(cause, 'ConditionalRequestConflict');
}

/** Names of S3's errors, and what they mean to a caller. */
const MEANING: Readonly<Record<string, ErrorCode>> = {
  NoSuchKey: 'object.unknown',
  NoSuchVersion: 'object.unknown',
  InvalidObjectState: 'object.archived',
  PreconditionFailed: 'object.changed',
  ConditionalRequestConflict: 'object.changed',
  OperationAborted: 'object.changed',
  InvalidRange: 'object.range',
  EntityTooLarge: 'object.too-large',
  KeyTooLongError: 'key.invalid',
  NoSuchBucket: 'bucket.unknown',
  InvalidBucketName: 'bucket.unknown',
  AccessDenied: 'bucket.forbidden',
  AllAccessDisabled: 'bucket.forbidden',
  AccountProblem: 'bucket.forbidden',
  InvalidAccessKeyId: 'bucket.forbidden',
  SignatureDoesNotMatch: 'bucket.forbidden',
  ExpiredToken: 'bucket.forbidden',
  InvalidToken: 'bucket.forbidden',
  TokenRefreshRequired: 'bucket.forbidden',
  NotSignedUp: 'bucket.forbidden',
  RequestTimeTooSkewed: 'bucket.forbidden',
  CredentialsProviderError: 'bucket.forbidden',
  AuthorizationHeaderMalformed: 'bucket.forbidden',
  PermanentRedirect: 'bucket.refused',
  NotImplemented: 'bucket.refused',
  SlowDown: 'bucket.throttled',
  Throttling: 'bucket.throttled',
  ThrottlingException: 'bucket.throttled',
  RequestLimitExceeded: 'bucket.throttled',
  ServiceUnavailable: 'bucket.throttled',
};

/** Where an answer has no body to name its error, as that of HEAD. */
const MEANING_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'bucket.forbidden',
  403: 'bucket.forbidden',
  404: 'bucket.unknown',
  412: 'object.changed',
  416: 'object.range',
  429: 'bucket.throttled',
};

const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  'object.unknown': 'There is no such object',
  'object.archived': 'The object is archived and must be restored before it can be read',
  'object.changed': 'Somebody else has changed the object meanwhile',
  'object.range': 'The range lies behind the end of the object',
  'object.too-large': 'The store does not take an object of this size',
  'key.invalid': 'The store does not take this key',
  'bucket.unknown': 'There is no such bucket',
  'bucket.forbidden': "The store does not let the service's identity do this",
  'bucket.throttled': 'The store is asked too often',
};

/** How soon it is worth trying again when the store is asked too often. */
const THROTTLED_RETRY_MS = 2000;

/** A failure of the SDK in the words of the port; what is neither the store's answer nor the network's is a defect. */
export function translateFailure(cause: unknown, what: string): unknown {
  if (cause instanceof PenstockError || !(cause instanceof Error)) return cause;
  const status = statusOf(cause);
  const code = MEANING[cause.name] ?? MEANING_OF_STATUS[status];
  if (code === 'bucket.throttled') {
    return new PenstockError(code, `${WORDS[code]}: ${what}.`, { cause, retryAfterMs: THROTTLED_RETRY_MS });
  }
  if (code !== undefined && WORDS[code] !== undefined)
    return new PenstockError(code, `${WORDS[code]}: ${what}.`, { cause });
  if (isOutage(cause)) return new PenstockError('bucket.unreachable', `The store did not answer: ${what}.`, { cause });
  if (status < 400) return cause;
  return new PenstockError('bucket.refused', `The store refused the request (${cause.name}): ${what}.`, { cause });
}

const NETWORK =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_|ERR_SSL|CERT_|UND_ERR|ERR_STREAM_PREMATURE)/u;

/** The network failed, nobody answered in time, or the store reported a fault of its own. */
export function isOutage(cause: Error): boolean {
  const { code, $fault } = cause as SdkError;
  if (typeof code === 'string' && NETWORK.test(code)) return true;
  if (cause.name === 'TimeoutError') return true;
  return $fault === 'server' || statusOf(cause) >= 500;
}
