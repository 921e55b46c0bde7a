import { createHash } from 'node:crypto';
import type { Log } from '../../domain/ports/log.port.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import type { StoredObject, WriteCondition } from '../../domain/ports/object-store.port.js';
import { PenstockError } from '../../domain/errors.js';
import type { Span } from '../../domain/warehouse-loading/splice-plan.js';
import { type ContentPart, MemoryPart } from './content-part.js';
import { type CutLimits, PartCutter } from './cut-parts.js';
import { inParallel } from './in-parallel.js';
import { MultipartUpload } from './multipart-upload.js';
import type { Attributes } from './object-attributes.js';
import type { S3Bucket } from './s3-connection.js';
import { translateFailure } from './s3-errors.js';
import { untilAborted } from './until-aborted.js';
import { WriteGuard, type Written } from './write-guard.js';

/** What an object becomes: perhaps copies of what it was, content, and perhaps more copies. */
export interface WriteJob {
  readonly key: string;
  readonly attributes: Attributes;
  readonly condition?: WriteCondition | undefined;
  readonly signal?: AbortSignal | undefined;
  /** @param openBytes how large the part is that the last of the content has gone into */
  content(openBytes: () => number): AsyncIterable<Uint8Array>;
  /** Ranges of the object with this ETag that the store copies. The tail is asked for when the content has been read. */
  readonly copies?: { readonly etag: string; readonly head: readonly Span[]; tail(): readonly Span[] };
}

export interface ObjectWriterParts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: CutLimits;
  readonly parallelParts: number;
}

/** Writes objects whole or not at all: by one request where the content fits into one part, in parts otherwise. */
export class ObjectWriter {
  constructor(private readonly parts: ObjectWriterParts) {}

  async write(bucket: S3Bucket, job: WriteJob): Promise<StoredObject> {
    const controller = new AbortController();
    const signal = job.signal ? AbortSignal.any([job.signal, controller.signal]) : controller.signal;
    const cutter = new PartCutter(this.parts.limits);
    const cut = cutter.cut(
      untilAborted(
        job.content(() => cutter.openBytes),
        signal,
      ),
    );
    const run = new WriteRun(bucket, job, this.parts, { cut, controller, signal });
    try {
      return await run.finish();
    } catch (cause) {
      job.signal?.throwIfAborted();
      throw translateFailure(cause, `object "${job.key}"`);
    } finally {
      controller.abort();
      await cut.return(undefined);
    }
  }
}

interface Flow {
  readonly cut: AsyncGenerator<ContentPart>;
  readonly controller: AbortController;
  readonly signal: AbortSignal;
}

class WriteRun {
  private readonly guard: WriteGuard;
  private size = 0;

  constructor(
    private readonly bucket: S3Bucket,
    private readonly job: WriteJob,
    private readonly parts: ObjectWriterParts,
    private readonly flow: Flow,
  ) {
    this.guard = new WriteGuard(bucket, job.key, job.condition);
  }

  async finish(): Promise<StoredObject> {
    const first = await this.flow.cut.next();
    const part = first.done === true ? new MemoryPart(0, []) : first.value;
    const written = part.room > 0 || first.done === true ? await this.whole(part) : await this.inParts(part);
    const { ETag: etag = '', VersionId } = written;
    return { key: this.job.key, etag, size: this.size, ...(VersionId && { versionId: VersionId }) };
  }

  private async whole(part: ContentPart): Promise<Written> {
    const { key, attributes, copies } = this.job;
    if (copies && copies.head.length + copies.tail().length > 0) return this.inParts(part);
    const { sdk, client, name, hasChecksums } = this.bucket;
    const body = part.body();
    const object = { Bucket: name, Key: key, ...attributes, Body: body, ContentLength: part.bytes };
    const checksum = hasChecksums ? ({ ChecksumAlgorithm: 'CRC32' } as const) : {};
    this.count(part);
    const send = (guard: object) => {
      const command = new sdk.PutObjectCommand({ ...object, ...checksum, ...guard });
      return client.send(command, { abortSignal: this.flow.signal });
    };
    try {
      return await this.guard.write(send, () => etagOf(body));
    } finally {
      await part.release();
    }
  }

  private async inParts(first: ContentPart): Promise<Written> {
    const { key, attributes } = this.job;
    const { signal, controller } = this.flow;
    const upload = await MultipartUpload.begin(this.bucket, key, attributes, signal);
    try {
      await this.sendAll(upload, first);
      return await this.guard.write(
        (guard) => upload.complete(guard, signal),
        () => upload.expectedEtag(),
      );
    } catch (cause) {
      controller.abort(cause);
      await this.abandon(upload);
      throw cause;
    }
  }

  /** Parts are numbered as they stand in the object; each of the three groups is moved by several requests at a time. */
  private async sendAll(upload: MultipartUpload, first: ContentPart): Promise<void> {
    const { copies } = this.job;
    const head = copies?.head ?? [];
    let number = head.length;
    const numbered = this.numbered(first, () => (number += 1));
    const sending = this.each(numbered, async ({ at, part }) => {
      try {
        await upload.send(at, part, this.flow.signal);
        this.count(part);
      } finally {
        await part.release();
      }
    });
    const copying = this.each(placed(head, 1), ({ at, span }) => this.copy(upload, at, span));
    await Promise.all([sending, copying]).catch(async (cause: unknown) => {
      this.flow.controller.abort(cause);
      await Promise.allSettled([sending, copying]);
      throw cause;
    });
    await this.each(placed(copies?.tail() ?? [], number + 1), ({ at, span }) => this.copy(upload, at, span));
  }

  private async *numbered(first: ContentPart, next: () => number): AsyncGenerator<{ at: number; part: ContentPart }> {
    if (first.bytes > 0) yield { at: this.place(next()), part: first };
    for await (const part of this.flow.cut) yield { at: this.place(next()), part };
  }

  private place(at: number): number {
    const { maxParts } = this.parts.limits;
    if (at <= maxParts) return at;
    throw new PenstockError('object.too-large', `The object would have more than ${maxParts} parts.`);
  }

  private async copy(upload: MultipartUpload, at: number, span: Span): Promise<void> {
    await upload.copy(this.place(at), span, this.job.copies?.etag ?? '', this.flow.signal);
    const bytes = span.last - span.first + 1;
    this.size += bytes;
    this.parts.metrics.count('penstock_object_bytes_total', { way: 'copied' }, bytes);
  }

  private each<T>(items: AsyncIterable<T> | Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
    return inParallel(items, this.parts.parallelParts, (item) =>
      work(item).catch((cause: unknown) => {
        this.flow.controller.abort(cause); // ends the content and the other requests
        throw cause;
      }),
    );
  }

  private count({ bytes }: ContentPart): void {
    this.size += bytes;
    this.parts.metrics.count('penstock_object_bytes_total', { way: 'sent' }, bytes);
  }

  /** What is left of an upload that failed costs its owner money, but must not hide why it failed. */
  private async abandon(upload: MultipartUpload): Promise<void> {
    this.parts.metrics.count('penstock_uploads_abandoned_total', {});
    await upload.abort().catch(() => {
      this.parts.log.warning('The parts of an upload that failed could not be removed from the bucket.', {
        key: this.job.key,
      });
    });
  }
}

/** As S3 makes it of content that came in one piece; none for what is in a file, which is never that small. */
function etagOf(body: unknown): string {
  return body instanceof Uint8Array ? `"${createHash('md5').update(body).digest('hex')}"` : '';
}

function placed(spans: readonly Span[], from: number): { at: number; span: Span }[] {
  return spans.map((span, index) => ({ at: from + index, span }));
}
