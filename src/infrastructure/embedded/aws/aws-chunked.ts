import { createHash, type Hash } from 'node:crypto';
import { AwsError } from './aws-error.js';
import type { ChunkSignatures } from './chunk-signatures.js';

/** S3 lets no chunk but the last be smaller. */
const MIN_CHUNK_BYTES = 8 * 1024;
const MAX_CHUNK_BYTES = 5 * 1024 ** 3;
const MAX_LINE_BYTES = 4 * 1024;
const MAX_TRAILER_FIELDS = 16;
const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

export interface ChunkedOptions {
  /** Absent where chunks are not signed. */
  readonly signatures?: ChunkSignatures;
  /** Whether fields follow the last chunk, and whether those are signed with the chunks. */
  readonly trailer: boolean;
}

/** Takes the `aws-chunked` coding off a body, checking the signature of every chunk where there are some. */
export class ChunkedDecoder {
  /** Fields behind the last chunk, by their lower-case names. */
  readonly trailers = new Map<string, string>();
  private state: 'size' | 'data' | 'data-end' | 'trailer' | 'end' = 'size';
  private line = '';
  private left = 0;
  private chunkBytes = 0;
  private signature = '';
  private hash: Hash | undefined;
  private smallChunk = false;

  constructor(private readonly options: ChunkedOptions) {}

  /** The content in some bytes of the body, as parts of it. @throws AwsError for what is no such body */
  *decode(bytes: Buffer): Generator<Buffer> {
    let at = 0;
    while (at < bytes.length) {
      if (this.state === 'data') {
        const piece = bytes.subarray(at, at + this.left);
        at += piece.length;
        this.takeData(piece);
        yield piece;
      } else {
        at = this.takeLine(bytes, at);
      }
    }
  }

  /** To be called when the body has ended. @throws AwsError `IncompleteBody` when it ended early */
  finish(): void {
    if (this.state === 'end') return;
    throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
  }

  private takeData(piece: Buffer): void {
    this.hash?.update(piece);
    this.left -= piece.length;
    if (this.left > 0) return;
    this.options.signatures?.checkChunk(this.signature, this.hash?.digest('hex') ?? '');
    this.state = 'data-end';
  }

  /** Reads on in a line, and answers how far it came. */
  private takeLine(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(LINE_FEED, from);
    const to = end < 0 ? bytes.length : end + 1;
    if (this.line.length + to - from > MAX_LINE_BYTES) throw malformed();
    this.line += bytes.toString('latin1', from, to);
    if (end < 0) return to;
    if (!this.line.endsWith('\r\n')) throw malformed();
    const line = this.line.slice(0, -2);
    this.line = '';
    this.readLine(line);
    return to;
  }

  private readLine(line: string): void {
    if (this.state === 'size') this.readSize(line);
    else if (this.state === 'trailer') this.readTrailer(line);
    else if (this.state === 'data-end' && line === '') this.state = 'size';
    else throw malformed();
  }

  private readSize(line: string): void {
    const { bytes, signature } = readChunkLine(line);
    const { signatures } = this.options;
    if (signatures && signature === '') throw malformed();
    if (bytes > 0 && this.smallChunk) throw tooSmall(this.chunkBytes);
    this.smallChunk = bytes < MIN_CHUNK_BYTES;
    this.chunkBytes = bytes;
    this.left = bytes;
    this.signature = signature;
    this.hash = signatures && createHash('sha256');
    this.state = 'data';
    if (bytes === 0) this.endChunks();
  }

  private endChunks(): void {
    this.options.signatures?.checkChunk(this.signature, this.hash?.digest('hex') ?? '');
    this.state = 'trailer';
  }

  private readTrailer(line: string): void {
    if (line === '') return this.endTrailer();
    const at = line.indexOf(':');
    if (!this.options.trailer || at < 1 || this.trailers.size >= MAX_TRAILER_FIELDS) throw malformed();
    this.trailers.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim());
  }

  private endTrailer(): void {
    this.state = 'end';
    const { signatures, trailer } = this.options;
    if (!signatures || !trailer) return;
    const signature = this.trailers.get(TRAILER_SIGNATURE) ?? '';
    this.trailers.delete(TRAILER_SIGNATURE);
    signatures.checkTrailer(signature, [...this.trailers].map(([name, value]) => `${name}:${value}\n`).join(''));
  }
}

const LINE_FEED = 0x0a;
const CHUNK_LINE = /^([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?$/;

function readChunkLine(line: string): { readonly bytes: number; readonly signature: string } {
  const [, size, signature = ''] = CHUNK_LINE.exec(line) ?? [];
  const bytes = Number.parseInt(size ?? '', 16);
  if (bytes <= MAX_CHUNK_BYTES) return { bytes, signature };
  throw malformed();
}

function malformed(): AwsError {
  return new AwsError('InvalidRequest', 'The body is not in the aws-chunked coding its headers announce.');
}

function tooSmall(bytes: number): AwsError {
  return new AwsError(
    'InvalidChunkSizeError',
    `Only the last chunk is allowed to have a size less than ${MIN_CHUNK_BYTES} bytes; one has ${bytes}.`,
    403,
  );
}
