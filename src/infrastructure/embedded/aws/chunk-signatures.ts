import { AwsError } from './aws-error.js';
import { sha256Hex } from './canonical-request.js';
import type { ChunkSeed } from './sigv4.js';
import { sameText, scopeText } from './signing-keys.js';

const EMPTY_HASH = sha256Hex('');

/**
 * The signatures of a body that is sent in signed chunks, each of which signs the one before it as well, so that none
 * can be changed, left out or moved.
 */
export class ChunkSignatures {
  private previous: string;

  constructor(private readonly seed: ChunkSeed) {
    this.previous = seed.signature;
  }

  /** @throws AwsError `SignatureDoesNotMatch` */
  checkChunk(signature: string, payloadHash: string): void {
    this.check('AWS4-HMAC-SHA256-PAYLOAD', signature, `${EMPTY_HASH}\n${payloadHash}`);
  }

  /** `trailer`: `name:value\n` for each field but the signature. @throws AwsError `SignatureDoesNotMatch` */
  checkTrailer(signature: string, trailer: string): void {
    this.check('AWS4-HMAC-SHA256-TRAILER', signature, sha256Hex(trailer));
  }

  private check(algorithm: string, signature: string, hashes: string): void {
    const { date, scope, keys } = this.seed;
    const expected = keys.sign(scope, `${algorithm}\n${date}\n${scopeText(scope)}\n${this.previous}\n${hashes}`);
    if (!sameText(expected, signature)) {
      throw new AwsError(
        'SignatureDoesNotMatch',
        'The chunk or request signature we calculated does not match the signature you provided. Check your key and signing method.',
        403,
      );
    }
    this.previous = expected;
  }
}
