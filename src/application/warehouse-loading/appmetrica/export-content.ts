import { type ErrorCode, ERROR_KINDS, PenstockError } from '../../../domain/errors.js';
import type { ObjectStore } from '../../../domain/ports/object-store.port.js';
import type { PartSpool } from '../../../domain/ports/part-spool.port.js';
import { isFinished, type Job } from '../../../domain/shared/job.js';
import { contentTypeOf, exportFileName } from '../../../domain/warehouse-loading/appmetrica/export-request.js';
import {
  type ExportObject,
  type ExportResult,
  requestOf,
  resultOf,
} from '../../../domain/warehouse-loading/appmetrica/export-view.js';

/** The content of an export, for whoever asked for it. */
export interface ExportContent {
  readonly fileName: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly rows: number;
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
  /** Opens it; the bytes must be read to their end, or destroyed. */
  open(): Promise<AsyncIterable<Uint8Array> & { destroy(): unknown }>;
}

/** When to look again at an export that is not ready. */
const LOOK_AGAIN_MS = 5000;

/** The contents of exports that have succeeded, from where they are kept. */
export class ExportContents {
  constructor(
    private readonly spool: PartSpool,
    private readonly objects: ObjectStore,
  ) {}

  /** @throws PenstockError what the export failed with; `export.unfinished`, `export.cancelled`, `export.gone` */
  async of(job: Job): Promise<ExportContent> {
    const result = succeeded(job);
    const request = requestOf(job);
    const { bytes, rows, sha256, object } = result;
    const open = object === undefined ? await this.fromSpool(job, result) : () => this.fromBucket(object);
    return { fileName: exportFileName(request), contentType: contentTypeOf(request.format), bytes, rows, sha256, open };
  }

  private async fromSpool(job: Job, { host, sha256 }: ExportResult): Promise<ExportContent['open']> {
    const stored = await this.spool.open(job.id);
    if (stored?.content.sha256 === sha256) return async () => stored.read();
    throw new PenstockError(
      'export.gone',
      `The content of the export is not on this machine; it was made on "${host}".`,
    );
  }

  private async fromBucket({ key, etag }: ExportObject): ReturnType<ExportContent['open']> {
    const content = await this.objects.read(key, { ifMatch: etag });
    if (content === 'unmodified') throw new PenstockError('export.gone', 'The store did not answer the object.');
    return content.body;
  }
}

function succeeded(job: Job): ExportResult {
  const result = resultOf(job);
  if (job.state === 'succeeded' && result !== undefined) return result;
  if (!isFinished(job)) {
    const options = { retryAfterMs: LOOK_AGAIN_MS };
    throw new PenstockError('export.unfinished', `The export is ${job.state}; it has no content yet.`, options);
  }
  if (job.state === 'cancelled') throw new PenstockError('export.cancelled', 'The export was cancelled.');
  const { code = 'internal.defect', message = 'The export failed.' } = job.error ?? {};
  throw new PenstockError(isCode(code) ? code : 'internal.defect', message);
}

/** Codes of an older or a newer release may be others. */
const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_KINDS, code);
