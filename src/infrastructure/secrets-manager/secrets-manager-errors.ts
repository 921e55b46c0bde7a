import { type ErrorCode, PenstockError } from '../../domain/errors.js';

/** Names of the service's exceptions, and of the SDK's own. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ResourceNotFoundException: 'secret.unknown',
  // Of a secret that is marked for deletion; nothing else of a read is.
  InvalidRequestException: 'secret.unknown',
  InvalidParameterException: 'secret.invalid',
  ValidationException: 'secret.invalid',
  DecryptionFailure: 'secret.refused',
  AccessDeniedException: 'secret.refused',
  UnrecognizedClientException: 'secret.refused',
  InvalidSignatureException: 'secret.refused',
  MissingAuthenticationTokenException: 'secret.refused',
  ExpiredTokenException: 'secret.refused',
  CredentialsProviderError: 'secret.refused',
};

const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  'secret.unknown': 'does not exist, or is deleted',
  'secret.invalid': 'cannot be asked for by this name',
  'secret.refused': 'may not be read with the keys of the service',
};

/** A failure of the SDK in the words of the port. Whatever is not told apart is for time to mend. */
export function translateFailure(cause: unknown, id: string): PenstockError {
  if (cause instanceof PenstockError) return cause;
  const name = cause instanceof Error ? cause.name : '';
  const code = CODES[name] ?? 'secret.unreachable';
  const words = WORDS[code] ?? `could not be read (${name})`;
  return new PenstockError(code, `The secret "${id}" ${words}.`, { cause });
}
