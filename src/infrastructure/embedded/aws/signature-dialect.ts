import { AwsError } from './aws-error.js';

/** Why a signature is refused. */
export type SignatureFault =
  | 'missing'
  | 'twice'
  | 'version'
  | 'malformed'
  | 'malformed-query'
  | 'key-unknown'
  | 'token-unknown'
  | 'scope'
  | 'time'
  | 'expired'
  | 'header-unsigned'
  | 'payload-undeclared'
  | 'payload-keyword'
  | 'payload-changed'
  | 'mismatch';

/** What the services of AWS do differently about one and the same signature. */
export interface SignatureDialect {
  /** S3 signs the path as it was sent; every other service signs it encoded once more. */
  readonly path: 'encoded-once' | 'encoded-twice';
  /** What may stand in `x-amz-content-sha256` instead of the digest of the body. */
  readonly payloadKeywords: readonly string[];
  /** Whether a request must say what its body's digest is, rather than leave it to be computed. */
  readonly payloadDeclared: boolean;
  /** Whether the signature may stand in the query, and last for longer than a moment. */
  readonly presigned: boolean;
  /** How far the clocks of client and service may be apart. */
  readonly maxSkewMs: number;
  /** The codes and statuses clients know the faults by. */
  readonly faults: Readonly<Record<SignatureFault, readonly [code: string, status: number]>>;
}

export function refusal(dialect: SignatureDialect, fault: SignatureFault, message: string): AwsError {
  const [code, status] = dialect.faults[fault];
  return new AwsError(code, message, status);
}

const INCOMPLETE = ['IncompleteSignatureException', 400] as const;
const INVALID = ['InvalidSignatureException', 400] as const;
const UNRECOGNIZED = ['UnrecognizedClientException', 400] as const;

/** The services that speak JSON. */
export const JSON_DIALECT: SignatureDialect = {
  path: 'encoded-twice',
  payloadKeywords: [],
  payloadDeclared: false,
  presigned: false,
  maxSkewMs: 5 * 60_000,
  faults: {
    missing: ['MissingAuthenticationTokenException', 400],
    twice: INVALID,
    version: INCOMPLETE,
    malformed: INCOMPLETE,
    'malformed-query': INCOMPLETE,
    'key-unknown': UNRECOGNIZED,
    'token-unknown': UNRECOGNIZED,
    scope: INVALID,
    time: INVALID,
    expired: INVALID,
    'header-unsigned': INVALID,
    'payload-undeclared': INVALID,
    'payload-keyword': INVALID,
    'payload-changed': INVALID,
    mismatch: INVALID,
  },
};

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
export const STREAMING_SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
export const STREAMING_SIGNED_TRAILER = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
export const STREAMING_UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

export const S3_DIALECT: SignatureDialect = {
  path: 'encoded-once',
  payloadKeywords: [UNSIGNED_PAYLOAD, STREAMING_SIGNED, STREAMING_SIGNED_TRAILER, STREAMING_UNSIGNED_TRAILER],
  payloadDeclared: true,
  presigned: true,
  maxSkewMs: 15 * 60_000,
  faults: {
    missing: ['AccessDenied', 403],
    twice: ['InvalidArgument', 400],
    version: ['InvalidRequest', 400],
    malformed: ['AuthorizationHeaderMalformed', 400],
    'malformed-query': ['AuthorizationQueryParametersError', 400],
    'key-unknown': ['InvalidAccessKeyId', 403],
    'token-unknown': ['InvalidToken', 400],
    scope: ['AuthorizationHeaderMalformed', 400],
    time: ['RequestTimeTooSkewed', 403],
    expired: ['AccessDenied', 403],
    'header-unsigned': ['AccessDenied', 403],
    'payload-undeclared': ['InvalidRequest', 400],
    'payload-keyword': ['InvalidArgument', 400],
    'payload-changed': ['XAmzContentSHA256Mismatch', 400],
    mismatch: ['SignatureDoesNotMatch', 403],
  },
};
