import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './aws-error.js';
import { canonicalRequest, sha256Hex } from './canonical-request.js';

export interface SigV4Options {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The signing name: `kinesis`, `dynamodb`, `s3`, `lambda`, `secretsmanager`. Any region is accepted. */
  readonly service: string;
  /** S3 signs the path as it was sent; every other service signs it encoded once more. */
  readonly path?: 'encoded-twice' | 'encoded-once';
  /** Whether a client may leave the body out of its signature by `x-amz-content-sha256` (S3). */
  readonly unsignedPayload?: boolean;
  readonly maxSkewMs?: number;
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
  readonly region: string;
  /** Hex SHA-256 of the body as signed, or a keyword of S3 such as `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

interface Authorization {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const DEFAULT_MAX_SKEW_MS = 5 * 60_000;
const MAX_CACHED_KEYS = 64;

/** Checks AWS Signature Version 4 in the Authorization header, for one identity, and refuses in the words of AWS. */
export class SigV4Verifier {
  private readonly signingKeys = new Map<string, Buffer>();

  constructor(private readonly options: SigV4Options) {}

  /** @throws AwsError `MissingAuthenticationTokenException`, `IncompleteSignatureException`, `UnrecognizedClientException`, `InvalidSignatureException` */
  verify(request: SignedRequest): VerifiedRequest {
    const authorization = parseAuthorization(request.headers.authorization);
    const date = requestDate(request.headers);
    this.checkIdentity(authorization, request.headers);
    this.checkScope(authorization, date);
    checkSignedHeaders(authorization.signedHeaders, request.headers);
    const payloadHash = this.payloadHash(request);
    const canonical = canonicalRequest({
      ...request,
      signedHeaders: authorization.signedHeaders,
      payloadHash,
      encodeTwice: this.options.path !== 'encoded-once',
    });
    const expected = this.sign(authorization, date, canonical);
    if (!sameText(expected, authorization.signature)) throw invalidSignature(MISMATCH);
    return { region: authorization.region, payloadHash };
  }

  private checkIdentity({ accessKeyId }: Authorization, headers: IncomingHttpHeaders): void {
    // A session token belongs to temporary keys; there are none here, so AWS would not know it either.
    if (sameText(accessKeyId, this.options.accessKeyId) && headers['x-amz-security-token'] === undefined) return;
    throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }

  private checkScope({ day, service }: Authorization, date: string): void {
    if (service !== this.options.service) {
      throw invalidSignature(`Credential should be scoped to correct service: '${this.options.service}'.`);
    }
    if (!date.startsWith(day)) {
      throw invalidSignature(
        'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.',
      );
    }
    const skewMs = this.options.maxSkewMs ?? DEFAULT_MAX_SKEW_MS;
    const now = this.options.now?.() ?? Date.now();
    const signedAt = Date.parse(date.replace(BASIC_DATE, '$1-$2-$3T$4:$5:$6Z'));
    if (signedAt < now - skewMs) {
      throw invalidSignature(`Signature expired: ${date} is now earlier than ${basicDate(now - skewMs)}.`);
    }
    if (signedAt > now + skewMs) {
      throw invalidSignature(`Signature not yet current: ${date} is still later than ${basicDate(now + skewMs)}.`);
    }
  }

  private payloadHash({ headers, body }: SignedRequest): string {
    const declared = headers['x-amz-content-sha256'];
    if (typeof declared === 'string' && !HEX_SHA256.test(declared)) {
      if (this.options.unsignedPayload) return declared;
      throw invalidSignature("'X-Amz-Content-Sha256' must be the SHA-256 of the body.");
    }
    const actual = body === undefined ? undefined : sha256Hex(body);
    if (typeof declared === 'string' && actual !== undefined && declared !== actual) {
      throw invalidSignature("The provided 'X-Amz-Content-Sha256' header does not match what was computed.");
    }
    return actual ?? (typeof declared === 'string' ? declared : sha256Hex(''));
  }

  private sign({ day, region, service }: Authorization, date: string, canonical: string): string {
    const scope = `${day}/${region}/${service}/aws4_request`;
    const text = `${ALGORITHM}\n${date}\n${scope}\n${sha256Hex(canonical)}`;
    return createHmac('sha256', this.signingKey(day, region, service))
      .update(text)
      .digest('hex');
  }

  /** Four HMACs that only change with the day and the region. */
  private signingKey(day: string, region: string, service: string): Buffer {
    const scope = `${day}/${region}`;
    const known = this.signingKeys.get(scope);
    if (known) return known;
    const seed: Buffer = Buffer.from(`AWS4${this.options.secretAccessKey}`);
    const key = [day, region, service, 'aws4_request'].reduce(
      (hmacKey, part) => createHmac('sha256', hmacKey).update(part).digest(),
      seed,
    );
    if (this.signingKeys.size >= MAX_CACHED_KEYS) this.signingKeys.clear();
    this.signingKeys.set(scope, key);
    return key;
  }
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const HEX_SHA256 = /^[0-9a-f]{64}$/;
const BASIC_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

function parseAuthorization(header: string | undefined): Authorization {
  if (!header) throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const [algorithm, ...rest] = header.split(' ');
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported algorithm: only ${ALGORITHM} is known here.`);
  const parts = new Map(rest.join(' ').split(',').map(pair));
  const [credential, headers, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) => parts.get(name));
  if (!credential || !headers || !signature) {
    const missing = ['Credential', 'SignedHeaders', 'Signature'].filter((name) => !parts.get(name));
    throw incomplete(missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' '));
  }
  return { ...parseCredential(credential), signedHeaders: headers.toLowerCase().split(';'), signature };
}

function parseCredential(credential: string): Pick<Authorization, 'accessKeyId' | 'day' | 'region' | 'service'> {
  // An access key may hold a slash in theory, so the four parts of the scope are counted from the end.
  const scope = credential.split('/');
  const [day, region, service, terminator] = scope.slice(-4);
  const accessKeyId = scope.slice(0, -4).join('/');
  if (accessKeyId && day && region && service && terminator === 'aws4_request') {
    return { accessKeyId, day, region, service };
  }
  throw incomplete('Credential must have five parts: key/date/region/service/aws4_request.');
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, Math.max(at, 0)).trim(), text.slice(at + 1).trim()];
}

function requestDate(headers: IncomingHttpHeaders): string {
  const given = headers['x-amz-date'];
  if (typeof given === 'string' && BASIC_DATE.test(given)) return given;
  const fallback = given === undefined && headers.date ? Date.parse(headers.date) : Number.NaN;
  if (!Number.isNaN(fallback)) return basicDate(fallback);
  throw incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
}

/** What decides the meaning of a request must be signed, or a man in the middle could change it. */
function checkSignedHeaders(signed: readonly string[], headers: IncomingHttpHeaders): void {
  const needed = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const unsigned = needed.filter((name) => !signed.includes(name));
  if (unsigned.length > 0) {
    throw invalidSignature(`'${unsigned.join("', '")}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
}

function basicDate(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

/** Compares digests, so that neither length nor content can be learnt from the time it takes. */
function sameText(left: string, right: string): boolean {
  return timingSafeEqual(createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest());
}

function incomplete(message: string): AwsError {
  return new AwsError('IncompleteSignatureException', message);
}

function invalidSignature(message: string): AwsError {
  return new AwsError('InvalidSignatureException', message);
}
