import { type ErrorCode, PenstockError } from '../../domain/errors.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ResourceNotFoundException: 'stream.unknown',
  AccessDeniedException: 'stream.forbidden',
  UnrecognizedClientException: 'credentials.refused',
  InvalidClientTokenId: 'credentials.refused',
  InvalidSignatureException: 'credentials.refused',
  IncompleteSignatureException: 'credentials.refused',
  MissingAuthenticationTokenException: 'credentials.refused',
  ExpiredTokenException: 'credentials.refused',
  CredentialsProviderError: 'credentials.refused',
  OptInRequired: 'credentials.refused',
  ProvisionedThroughputExceededException: 'stream.throttled',
  LimitExceededException: 'stream.throttled',
  KMSThrottlingException: 'stream.throttled',
};

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  'stream.unknown': 'There is no such stream.',
  'stream.forbidden': 'The identity may not do this with the stream.',
  'credentials.refused': 'The credentials were not accepted.',
  'stream.throttled': 'The stream is asked too often now.',
};

/** The error's name as the AWS API gives it. */
export const awsNameOf = (cause: unknown): string => (cause instanceof Error ? cause.name : 'unknown');

/** @returns what the failure means; its message names the stream, never credentials */
export function translateKinesis(cause: unknown, streamName?: string): PenstockError {
  if (cause instanceof PenstockError) return cause;
  const name = awsNameOf(cause);
  const code = CODES[name];
  if (code === undefined) {
    return new PenstockError('stream.unreachable', `Kinesis did not answer as it should (${name}).`, { cause });
  }
  const message =
    code === 'stream.unknown' && streamName ? `There is no stream "${streamName}".` : (MESSAGES[code] ?? name);
  return new PenstockError(code, message, { cause });
}

/** Failures that time mends: everything but what the stream or the identity is to blame for. */
export function isPassing(cause: unknown): boolean {
  const code = translateKinesis(cause).code;
  return code === 'stream.throttled' || code === 'stream.unreachable';
}
