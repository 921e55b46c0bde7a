import { PenstockError } from '../../domain/errors.js';

export function isNamed(cause: unknown, name: string): boolean {
  return cause instanceof Error && cause.name === name;
}

/** The condition of a write did not hold: nothing was written. */
export function isConditionFailure(cause: unknown): boolean {
  return isNamed(cause, 'ConditionalCheckFailedException');
}

const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_|ERR_SSL|CERT_)/u;
/** Answers that only time, or the operator of the store, can mend. */
const UNAVAILABLE =
  /^(ResourceNotFound|ResourceInUse|TableNotFound|ProvisionedThroughputExceeded|RequestLimitExceeded|LimitExceeded|Throttling|AccessDenied|UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|ExpiredToken|CredentialsProviderError|TimeoutError|ReplicatedWriteConflict)/u;

/** A failure of the SDK in the words of the ports; requests that are wrong in themselves are defects. */
export function translateFailure(cause: unknown, what: string): unknown {
  if (cause instanceof PenstockError || !(cause instanceof Error)) return cause;
  const { code, $fault, $metadata } = cause as Error & {
    code?: unknown;
    $fault?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  const isNetwork = typeof code === 'string' && NETWORK.test(code);
  const isServer = $fault === 'server' || ($metadata?.httpStatusCode ?? 0) >= 500;
  if (!isNetwork && !isServer && !UNAVAILABLE.test(cause.name)) return cause;
  return new PenstockError('store.unreachable', `DynamoDB does not serve ${what} (${cause.name}).`, { cause });
}
