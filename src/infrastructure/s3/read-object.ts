import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import type { ObjectContent, ReadObject } from '../../domain/ports/object-store.port.js';
import type { ByteRange } from '../../domain/warehouse-loading/byte-range.js';
import { PenstockError } from '../../domain/errors.js';
import { headOf } from './object-attributes.js';
import type { S3Bucket } from './s3-connection.js';
import { isOutage, statusOf, translateFailure } from './s3-errors.js';

/** How often one reading goes on after its connection broke without bringing anything. */
const MAX_FRUITLESS_TRIES = 3;
const NOT_MODIFIED = 304;
const PRECONDITION_FAILED = 412;

/** Reads objects as streams that survive a broken connection. */
export class ObjectReader {
  constructor(private readonly metrics: Metrics) {}

  async read(bucket: S3Bucket, key: string, request: ReadObject = {}): Promise<ObjectContent | 'unmodified'> {
    try {
      const output = await get(bucket, key, request);
      const [first, size] = placeOf(output);
      const length = output.ContentLength ?? size;
      const place = { key, first, length, etag: output.ETag ?? '' };
      return {
        ...headOf(key, output, size),
        length,
        ...(output.ContentRange !== undefined && { contentRange: output.ContentRange }),
        body: this.bodyOf(bucket, place, output.Body as Readable, request.signal),
      };
    } catch (cause) {
      if (statusOf(cause) === NOT_MODIFIED) return 'unmodified';
      throw refusal(cause, key, request);
    }
  }

  /** The body, and where its connection breaks, the rest of the same object by another. */
  private bodyOf(bucket: S3Bucket, place: Place, first: Readable, signal: AbortSignal | undefined): Readable {
    const controller = new AbortController();
    let source = first;
    const goOn = async (done: number): Promise<Readable> => {
      source = await rest(bucket, place, done, controller.signal);
      return source;
    };
    const pieces = this.pieces(place, first, goOn);
    return new Readable({
      ...(signal && { signal }),
      read() {
        pieces.next().then(
          (piece) => this.push(piece.done === true ? null : piece.value),
          (cause: unknown) => this.destroy(cause as Error),
        );
      },
      // Not left to the pieces, which may be waiting for a store that says nothing.
      destroy(error, callback) {
        controller.abort();
        source.destroy();
        callback(error);
      },
    });
  }

  private async *pieces(
    place: Place,
    first: Readable,
    goOn: (done: number) => Promise<Readable>,
  ): AsyncGenerator<Uint8Array> {
    let [source, done, fruitless] = [first, 0, 0];
    for (;;) {
      const before = done;
      try {
        for await (const chunk of lastWhenRight(source)) {
          done += chunk.length;
          this.metrics.count('penstock_object_bytes_total', { way: 'received' }, chunk.length);
          yield chunk;
        }
        if (done >= place.length) return;
      } catch (cause) {
        fruitless = done > before ? 0 : fruitless + 1;
        const mayGoOn = cause instanceof Error && isOutage(cause) && fruitless < MAX_FRUITLESS_TRIES;
        if (!mayGoOn || done >= place.length) throw breakage(cause, place);
      }
      source = await goOn(done);
    }
  }
}

/** The last piece is held back until the checksum is known to fit: what is damaged must never have come to its end. */
async function* lastWhenRight(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let last: Uint8Array | undefined;
  try {
    for await (const chunk of source) {
      if (last !== undefined) yield last;
      last = chunk;
    }
  } catch (cause) {
    if (last !== undefined && cause instanceof Error && isOutage(cause)) yield last;
    throw cause;
  }
  if (last !== undefined) yield last;
}

/** A part of one object, as it was at one time. */
interface Place {
  readonly key: string;
  readonly first: number;
  readonly length: number;
  readonly etag: string;
}

async function rest(bucket: S3Bucket, place: Place, done: number, signal: AbortSignal): Promise<Readable> {
  const { key, first, length, etag } = place;
  const range = { first: first + done, last: first + length - 1 };
  const output = await get(bucket, key, { range, ifMatch: etag, signal }).catch((cause: unknown) => {
    throw translateFailure(cause, `object "${key}"`);
  });
  return output.Body as Readable;
}

function get(bucket: S3Bucket, key: string, request: ReadObject): Promise<GetObjectCommandOutput> {
  const { sdk, client, name } = bucket;
  const { range, ifMatch, ifNoneMatch, signal } = request;
  const command = new sdk.GetObjectCommand({
    Bucket: name,
    Key: key,
    ...(range && { Range: rangeText(range) }),
    ...(ifMatch !== undefined && { IfMatch: ifMatch }),
    ...(ifNoneMatch !== undefined && { IfNoneMatch: ifNoneMatch }),
  });
  return client.send(command, { ...(signal && { abortSignal: signal }) });
}

function rangeText(range: ByteRange): string {
  if ('suffix' in range) return `bytes=-${range.suffix}`;
  return `bytes=${range.first}-${range.last ?? ''}`;
}

/** First byte of the answer, and bytes of the whole object. */
function placeOf({ ContentRange, ContentLength = 0 }: GetObjectCommandOutput): [number, number] {
  const [, first, size] = /^bytes (\d+)-\d+\/(\d+)$/u.exec(ContentRange ?? '') ?? [];
  return first === undefined ? [0, ContentLength] : [Number(first), Number(size)];
}

/** What is neither the network's nor the store's failure is the SDK's check of the bytes that came. */
function breakage(cause: unknown, { key }: Place): unknown {
  const translated = translateFailure(cause, `object "${key}"`);
  if (translated instanceof PenstockError) return translated;
  return new PenstockError('object.damaged', `The bytes of object "${key}" do not fit its checksum.`, { cause });
}

function refusal(cause: unknown, key: string, { ifMatch }: ReadObject): unknown {
  if (ifMatch === undefined || statusOf(cause) !== PRECONDITION_FAILED)
    return translateFailure(cause, `object "${key}"`);
  return new PenstockError('object.unmatched', `The object "${key}" is not the one with this ETag any more.`, {
    cause,
  });
}
