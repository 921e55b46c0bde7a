import { createHash } from 'node:crypto';
import { AwsError } from '../aws/aws-error.js';
import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  checksumHeader,
  type Digest,
  isChecksumAlgorithm,
  isChecksumValue,
  startDigest,
} from './checksum-algorithms.js';
import { badDigest, invalidRequest, notImplemented } from './s3-errors.js';
import type { RequestHeaders } from './s3-request.js';

/** What a client says its content's digests are; a checksum that follows in the trailer has no value yet. */
export interface AnnouncedDigests {
  /** Base64. */
  readonly md5?: string;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value?: string };
}

export interface ContentDigests {
  readonly md5: Buffer;
  /** Base64. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

/** @throws AwsError `InvalidDigest`, `InvalidRequest`, `NotImplemented` for an algorithm that is not known here */
export function announcedDigests(headers: RequestHeaders): AnnouncedDigests {
  const md5 = headers.get('content-md5');
  if (md5 !== undefined && !isMd5(md5)) {
    throw new AwsError('InvalidDigest', 'The Content-MD5 you specified is not valid.');
  }
  const checksum = announcedChecksum(headers);
  return { ...(md5 === undefined ? {} : { md5 }), ...(checksum ? { checksum } : {}) };
}

function isMd5(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 16 && bytes.toString('base64') === text;
}

function announcedChecksum(headers: RequestHeaders): AnnouncedDigests['checksum'] {
  const names = [...Object.keys(headers.startingWith(PREFIX)), ...trailerNames(headers)].filter(
    (name) => !NO_ALGORITHMS.has(name),
  );
  const wanted = headers.get('x-amz-sdk-checksum-algorithm');
  const [name, ...others] = new Set(names);
  if (others.length > 0) throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple are not allowed.');
  if (name === undefined) {
    if (wanted === undefined) return undefined;
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  const algorithm = name.toUpperCase();
  if (!isChecksumAlgorithm(algorithm)) throw notImplemented(`${PREFIX}${name}`);
  if (wanted !== undefined && wanted.toUpperCase() !== algorithm) {
    throw invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
  const value = headers.get(PREFIX + name);
  if (value === undefined) return { algorithm };
  checkChecksumValue(algorithm, value);
  return { algorithm, value };
}

const PREFIX = 'x-amz-checksum-';
const NO_ALGORITHMS = new Set(['algorithm', 'type', 'mode']);

function trailerNames(headers: RequestHeaders): string[] {
  const names = (headers.get('x-amz-trailer') ?? '').split(',').map((name) => name.trim().toLowerCase());
  return names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
}

/** @throws AwsError `InvalidRequest` for what is no value of the algorithm */
export function checkChecksumValue(algorithm: ChecksumAlgorithm, value: string): void {
  if (isChecksumValue(algorithm, value)) return;
  throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
}

/** Digests of content that passes by: MD5 always, for the ETag, and the checksum that is asked for. */
export class PayloadDigests {
  private readonly md5 = createHash('md5');
  private readonly digest: Digest | undefined;
  private readonly algorithm: ChecksumAlgorithm | undefined;

  /** `algorithm`: to be computed where the client announces no checksum. */
  constructor(
    private readonly announced: AnnouncedDigests,
    algorithm?: ChecksumAlgorithm,
  ) {
    this.algorithm = announced.checksum?.algorithm ?? algorithm;
    this.digest = this.algorithm && startDigest(this.algorithm);
  }

  update(piece: Buffer): void {
    this.md5.update(piece);
    this.digest?.update(piece);
  }

  /** @throws AwsError `BadDigest` when the content is not what was announced */
  finish(trailers: ReadonlyMap<string, string>): ContentDigests {
    const md5 = this.md5.digest();
    if (this.announced.md5 !== undefined && this.announced.md5 !== md5.toString('base64')) {
      throw badDigest('The Content-MD5 you specified did not match what we received.');
    }
    const { algorithm, digest } = this;
    if (!algorithm || !digest) return { md5 };
    const value = digest.digest().toString('base64');
    this.compare(algorithm, value, trailers);
    return { md5, checksum: { algorithm, value } };
  }

  private compare(algorithm: ChecksumAlgorithm, actual: string, trailers: ReadonlyMap<string, string>): void {
    const { checksum } = this.announced;
    if (!checksum) return;
    const expected = checksum.value ?? trailers.get(checksumHeader(algorithm));
    if (expected === undefined) {
      throw new AwsError(
        'MalformedTrailerError',
        'The request contained trailing data that was not well-formed or did not conform to our published schema.',
      );
    }
    if (expected !== actual) throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`);
  }
}

/** Whether a header names any checksum at all. */
export function announcesDigest(headers: RequestHeaders): boolean {
  return (
    headers.has('content-md5') ||
    CHECKSUM_ALGORITHMS.some((algorithm) => headers.has(checksumHeader(algorithm))) ||
    trailerNames(headers).length > 0
  );
}
