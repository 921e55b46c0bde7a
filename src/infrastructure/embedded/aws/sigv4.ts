import type { IncomingHttpHeaders } from 'node:http';
import type { AwsError } from './aws-error.js';
import { canonicalRequest, sha256Hex } from './canonical-request.js';
import {
  JSON_DIALECT,
  refusal,
  type SignatureDialect,
  type SignatureFault,
  UNSIGNED_PAYLOAD,
} from './signature-dialect.js';
import {
  basicDate,
  dateMs,
  isOldSignature,
  OTHER_MECHANISM,
  partsOfHeader,
  partsOfQuery,
  type SignatureParts,
} from './signature-parts.js';
import { ALGORITHM, type CredentialScope, sameText, scopeText, SigningKeys } from './signing-keys.js';

export interface SigV4Options {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The one region there is; a signature for another is refused. */
  readonly region: string;
  /** The signing name: `kinesis`, `dynamodb`, `s3`, `lambda`, `secretsmanager`. */
  readonly service: string;
  /** By default that of the services that speak JSON. */
  readonly dialect?: SignatureDialect;
  readonly now?: () => number;
}

export interface SignedRequest {
  readonly method: string;
  /** Path and query as they came over the wire. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The whole body. Without it the declared hash is trusted, and the caller must compare it while streaming. */
  readonly body?: Uint8Array;
}

export interface VerifiedRequest {
  /** Hex SHA-256 of the body as signed, or a keyword of S3 such as `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
  /** Whether the signature stood in the query. */
  readonly presigned: boolean;
  /** What the signatures of a streamed body's chunks go on from. */
  readonly seed: ChunkSeed;
}

export interface ChunkSeed {
  readonly date: string;
  readonly scope: CredentialScope;
  readonly signature: string;
  readonly keys: SigningKeys;
}

/** Checks AWS Signature Version 4, for one identity, region and service, and refuses in the words of AWS. */
export class SigV4Verifier {
  private readonly keys: SigningKeys;
  private readonly dialect: SignatureDialect;

  constructor(private readonly options: SigV4Options) {
    this.keys = new SigningKeys(options.secretAccessKey);
    this.dialect = options.dialect ?? JSON_DIALECT;
  }

  /** @throws AwsError with the codes of the dialect */
  verify(request: SignedRequest): VerifiedRequest {
    const query = new URLSearchParams(request.url.split('?')[1] ?? '');
    const presigned = this.dialect.presigned && query.has('X-Amz-Algorithm');
    if (this.dialect.presigned && isOldSignature(query)) throw this.refuse('version', OTHER_MECHANISM);
    if (presigned && request.headers.authorization !== undefined) {
      throw this.refuse('twice', 'Only one auth mechanism is allowed: a query or the Authorization header.');
    }
    const parts = presigned ? partsOfQuery(query, this.dialect) : partsOfHeader(request.headers, this.dialect);
    this.checkIdentity(parts, request.headers, query);
    this.checkScope(parts);
    this.checkTime(parts);
    this.checkSignedHeaders(parts.signedHeaders, request.headers);
    const payloadHash = this.payloadHash(request, presigned);
    const canonical = canonicalRequest({
      ...request,
      signedHeaders: parts.signedHeaders,
      payloadHash,
      encodeTwice: this.dialect.path === 'encoded-twice',
    });
    const { date, scope, signature } = parts;
    const text = `${ALGORITHM}\n${date}\n${scopeText(scope)}\n${sha256Hex(canonical)}`;
    if (!sameText(this.keys.sign(scope, text), signature)) throw this.refuse('mismatch', MISMATCH);
    return { payloadHash, presigned, seed: { date, scope, signature, keys: this.keys } };
  }

  private refuse(fault: SignatureFault, message: string): AwsError {
    return refusal(this.dialect, fault, message);
  }

  private checkIdentity({ accessKeyId }: SignatureParts, headers: IncomingHttpHeaders, query: URLSearchParams): void {
    if (!sameText(accessKeyId, this.options.accessKeyId)) {
      throw this.refuse('key-unknown', 'The security token included in the request is invalid.');
    }
    // A session token belongs to temporary keys; there are none here, so AWS would not know it either.
    if (headers['x-amz-security-token'] === undefined && !query.has('X-Amz-Security-Token')) return;
    throw this.refuse('token-unknown', 'The security token included in the request is invalid.');
  }

  private checkScope({ scope: { day, region, service }, date }: SignatureParts): void {
    if (region !== this.options.region) {
      throw this.refuse('scope', `The region '${region}' is wrong; expecting '${this.options.region}'.`);
    }
    if (service !== this.options.service) {
      throw this.refuse('scope', `Credential should be scoped to correct service: '${this.options.service}'.`);
    }
    if (date.startsWith(day)) return;
    throw this.refuse(
      'scope',
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.',
    );
  }

  private checkTime({ date, lifeSeconds }: SignatureParts): void {
    const { maxSkewMs } = this.dialect;
    const now = this.options.now?.() ?? Date.now();
    const signedAt = dateMs(date);
    if (signedAt > now + maxSkewMs) {
      throw this.refuse(
        'time',
        `Signature not yet current: ${date} is still later than ${basicDate(now + maxSkewMs)}.`,
      );
    }
    if (lifeSeconds !== undefined) {
      if (now > signedAt + lifeSeconds * 1000) throw this.refuse('expired', 'Request has expired');
    } else if (signedAt < now - maxSkewMs) {
      throw this.refuse('time', `Signature expired: ${date} is now earlier than ${basicDate(now - maxSkewMs)}.`);
    }
  }

  /** What decides the meaning of a request must be signed, or a man in the middle could change it. */
  private checkSignedHeaders(signed: readonly string[], headers: IncomingHttpHeaders): void {
    const needed = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
    const unsigned = needed.filter((name) => !signed.includes(name));
    if (unsigned.length === 0) return;
    throw this.refuse(
      'header-unsigned',
      `'${unsigned.join("', '")}' must be a 'SignedHeader' in the AWS Authorization.`,
    );
  }

  private payloadHash({ headers, body }: SignedRequest, presigned: boolean): string {
    const declared = headers['x-amz-content-sha256'];
    if (declared === undefined && presigned) return UNSIGNED_PAYLOAD;
    if (typeof declared !== 'string') return this.undeclaredHash(body);
    if (!HEX_SHA256.test(declared)) {
      if (this.dialect.payloadKeywords.includes(declared)) return declared;
      throw this.refuse('payload-keyword', "'X-Amz-Content-Sha256' must be the SHA-256 of the body.");
    }
    if (body !== undefined && declared !== sha256Hex(body)) {
      throw this.refuse(
        'payload-changed',
        "The provided 'X-Amz-Content-Sha256' header does not match what was computed.",
      );
    }
    return declared;
  }

  private undeclaredHash(body: Uint8Array | undefined): string {
    if (!this.dialect.payloadDeclared) return sha256Hex(body ?? '');
    throw this.refuse('payload-undeclared', 'Missing required header for this request: x-amz-content-sha256');
  }
}

const HEX_SHA256 = /^[0-9a-f]{64}$/;
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
