import { PenstockError, type ErrorCode } from '../../domain/errors.js';

export function isNamed(cause: unknown, name: string): boolean {
  return cause instanceof Error && cause.name === name;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
const CODES: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/^ResourceNotFoundException$/u, 'workflow.unknown', 'There is no function of the name that is configured.'],
  [/^(TooManyRequests|EC2Throttled|Throttling)/u, 'workflow.throttled', 'Lambda runs as much as it may now.'],
  [/^(RequestTooLarge|RequestEntityTooLarge)/u, 'request.too-large', 'The request is larger than a function takes.'],
  [
    /^(AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|KMSAccessDenied|MissingAuthentication|IncompleteSignature)/u,
    'workflow.forbidden',
    'Lambda does not let the service invoke the function.',
  ],
  [/^TimeoutError$/u, 'workflow.timeout', 'Lambda did not answer in time; the function may still be running.'],
];
const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_|ERR_SSL|CERT_)/u;
/** When a function may be free again. */
const RETRY_MS = 1000;

/** A failure of the SDK in the words of the port. */
export function translateFailure(cause: unknown): unknown {
  if (cause instanceof PenstockError || !(cause instanceof Error)) return cause;
  for (const [name, code, message] of CODES) {
    if (!name.test(cause.name)) continue;
    return new PenstockError(code, message, {
      cause,
      ...(code === 'workflow.throttled' && { retryAfterMs: RETRY_MS }),
    });
  }
  const { code, $fault } = cause as Error & { readonly code?: unknown; readonly $fault?: unknown };
  const isNetwork = typeof code === 'string' && NETWORK.test(code);
  if (!isNetwork && $fault !== 'server' && cause.name !== 'CredentialsProviderError') return cause;
  return new PenstockError('workflow.unreachable', `Lambda does not serve the service (${cause.name}).`, { cause });
}
