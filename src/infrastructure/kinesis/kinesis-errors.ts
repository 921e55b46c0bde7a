import { type ErrorCode, PenstockError } from '../../domain/errors.js';

/** Names of the SDK's errors, and what they mean to a caller. */
const MEANING: Readonly<Record<string, ErrorCode>> = {
  ResourceNotFoundException: 'stream.unknown',
  AccessDeniedException: 'stream.forbidden',
  AccessDenied: 'stream.forbidden',
  KMSAccessDeniedException: 'stream.forbidden',
  KMSDisabledException: 'stream.forbidden',
  KMSInvalidStateException: 'stream.forbidden',
  KMSNotFoundException: 'stream.forbidden',
  KMSOptInRequired: 'stream.forbidden',
  OptInRequired: 'stream.forbidden',
  UnrecognizedClientException: 'credentials.refused',
  InvalidSignatureException: 'credentials.refused',
  SignatureDoesNotMatch: 'credentials.refused',
  IncompleteSignatureException: 'credentials.refused',
  IncompleteSignature: 'credentials.refused',
  InvalidClientTokenId: 'credentials.refused',
  InvalidAccessKeyId: 'credentials.refused',
  MissingAuthenticationTokenException: 'credentials.refused',
  MissingAuthenticationToken: 'credentials.refused',
  ExpiredTokenException: 'credentials.refused',
  ExpiredToken: 'credentials.refused',
  CredentialsProviderError: 'credentials.refused',
  ProvisionedThroughputExceededException: 'stream.throttled',
  LimitExceededException: 'stream.throttled',
  ThrottlingException: 'stream.throttled',
  Throttling: 'stream.throttled',
  KMSThrottlingException: 'stream.throttled',
  RequestLimitExceeded: 'stream.throttled',
};

const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  'stream.unknown': 'There is no such stream or shard',
  'stream.forbidden': 'The identity has no right to do this',
  'stream.throttled': 'Kinesis is asked too often',
};

/** A failure of the SDK in the words of the ports; what is neither the service's answer nor the network's is a defect. */
export function translateFailure(cause: unknown, what: string): unknown {
  if (cause instanceof PenstockError || !(cause instanceof Error)) return cause;
  const code = MEANING[cause.name];
  if (code === 'credentials.refused') return new PenstockError(code, 'AWS refused the credentials.', { cause });
  if (code !== undefined) return new PenstockError(code, `${WORDS[code] ?? code}: ${what}.`, { cause });
  if (!isOutage(cause)) return cause;
  return new PenstockError('stream.unreachable', `Kinesis did not answer: ${what}.`, { cause });
}

const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_|ERR_SSL|CERT_|UND_ERR)/u;

/** The network failed, nobody answered in time, or the service reported a fault of its own. */
export function isOutage(cause: Error): boolean {
  const { code, $fault, $metadata } = cause as Error & {
    code?: unknown;
    $fault?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  if (typeof code === 'string' && NETWORK.test(code)) return true;
  if (cause.name === 'TimeoutError') return true;
  return $fault === 'server' || ($metadata?.httpStatusCode ?? 0) >= 500;
}

/** What a reader waits out: outages and throttling, not what only a person can mend. */
export function passes(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return isOutage(cause) || MEANING[cause.name] === 'stream.throttled';
}
