import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ChunkedDecoder } from '../aws/aws-chunked.js';
import { AwsError } from '../aws/aws-error.js';
import { ChunkSignatures } from '../aws/chunk-signatures.js';
import { STREAMING_SIGNED, STREAMING_SIGNED_TRAILER, STREAMING_UNSIGNED_TRAILER } from '../aws/signature-dialect.js';
import type { VerifiedRequest } from '../aws/sigv4.js';
import { piecesOf } from '../aws/unread-body.js';
import { entityTooLarge } from './s3-errors.js';

const NO_TRAILERS: ReadonlyMap<string, string> = new Map();
const HEX_SHA256 = /^[0-9a-f]{64}$/;

/** The content a request brings: decoded, and held against its signature and its announced length. */
export class RequestBody {
  private readonly decoder: ChunkedDecoder | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly verified: VerifiedRequest,
    /** Asks a client that waits for it to send its body. */
    private readonly invite: () => void,
  ) {
    this.decoder = decoderFor(verified);
  }

  /** Fields behind the content; complete once it was read. */
  get trailers(): ReadonlyMap<string, string> {
    return this.decoder?.trailers ?? NO_TRAILERS;
  }

  /** Bytes of content, as announced. @throws AwsError `MissingContentLength` */
  get announcedBytes(): number {
    const { headers } = this.request;
    const announced = this.decoder ? headers['x-amz-decoded-content-length'] : headers['content-length'];
    // Without any of it there is no body, which HTTP allows.
    if (announced === undefined && headers['transfer-encoding'] === undefined && !this.decoder) return 0;
    if (typeof announced === 'string' && /^\d{1,15}$/.test(announced)) return Number(announced);
    throw new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', 411);
  }

  /** @throws AwsError `EntityTooLarge`, `IncompleteBody`, `XAmzContentSHA256Mismatch`, `SignatureDoesNotMatch`, … */
  async *pieces(maxBytes: number): AsyncGenerator<Buffer> {
    const announced = this.announcedBytes;
    if (announced > maxBytes) throw entityTooLarge(announced, maxBytes);
    this.invite();
    const { payloadHash } = this.verified;
    const hash = HEX_SHA256.test(payloadHash) ? createHash('sha256') : undefined;
    let bytes = 0;
    for await (const piece of this.content()) {
      bytes += piece.length;
      if (bytes > announced) throw incomplete();
      hash?.update(piece);
      yield piece;
    }
    if (bytes !== announced) throw incomplete();
    if (hash) checkHash(payloadHash, hash.digest('hex'));
  }

  private content(): AsyncIterable<Buffer> {
    const pieces = piecesOf(this.request);
    return this.decoder ? decoded(pieces, this.decoder) : pieces;
  }
}

async function* decoded(body: AsyncIterable<Buffer>, decoder: ChunkedDecoder): AsyncGenerator<Buffer> {
  for await (const bytes of body) yield* decoder.decode(bytes);
  decoder.finish();
}

function decoderFor({ payloadHash, seed }: VerifiedRequest): ChunkedDecoder | undefined {
  switch (payloadHash) {
    case STREAMING_SIGNED:
      return new ChunkedDecoder({ signatures: new ChunkSignatures(seed), trailer: false });
    case STREAMING_SIGNED_TRAILER:
      return new ChunkedDecoder({ signatures: new ChunkSignatures(seed), trailer: true });
    case STREAMING_UNSIGNED_TRAILER:
      return new ChunkedDecoder({ trailer: true });
    default:
      return undefined;
  }
}

function checkHash(announced: string, actual: string): void {
  if (announced === actual) return;
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
  const details = { ClientComputedContentSHA256: announced, S3ComputedContentSHA256: actual };
  throw new AwsError('XAmzContentSHA256Mismatch', message, 400, details);
}

function incomplete(): AwsError {
  return new AwsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );
}
