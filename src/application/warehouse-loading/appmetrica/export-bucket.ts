import { PenstockError } from '../../../domain/errors.js';
import type { ObjectHead, ObjectStore } from '../../../domain/ports/object-store.port.js';
import type { PartSpool } from '../../../domain/ports/part-spool.port.js';
import type { Job } from '../../../domain/shared/job.js';
import { contentTypeOf, exportFileName } from '../../../domain/warehouse-loading/appmetrica/export-request.js';
import {
  type ExportObject,
  type ExportResult,
  requestOf,
} from '../../../domain/warehouse-loading/appmetrica/export-view.js';

/** The result, kept with the object: a process that died after it had stored it has told nobody else. */
const RESULT = 'penstock-export';

interface Kept extends Omit<ExportResult, 'object'> {
  readonly job: string;
}

/** Exports as objects of the bucket. */
export class ExportBucket {
  constructor(
    private readonly objects: ObjectStore,
    private readonly spool: PartSpool,
  ) {}

  /** The result of an export that is stored already. */
  async find(job: Job): Promise<ExportResult | undefined> {
    const head = await this.objects.head(keyOf(job));
    const kept = keptOf(head);
    if (head === undefined || kept?.job !== job.id) return undefined;
    const { job: _own, ...result } = kept;
    return { ...result, object: { key: head.key, etag: head.etag, size: head.size } };
  }

  /** @throws PenstockError `object.exists` before any work is done for an object that could not be stored */
  async requireFree(job: Job): Promise<void> {
    if (requestOf(job).overwrite || (await this.objects.head(keyOf(job))) === undefined) return;
    throw new PenstockError('object.exists', `There is an object "${keyOf(job)}" already.`);
  }

  /** @throws PenstockError `object.exists`, and what a store throws */
  async store(job: Job, result: ExportResult, signal: AbortSignal): Promise<ExportObject> {
    const { format, overwrite } = requestOf(job);
    const stored = await this.spool.open(job.id);
    if (stored === undefined) throw new PenstockError('export.gone', 'The content is no longer on disk.');
    const kept: Kept = { job: job.id, ...result };
    const body = stored.read();
    try {
      const { key, etag, size } = await this.objects.put(keyOf(job), body, {
        ...(!overwrite && { condition: { ifAbsent: true } }),
        contentType: contentTypeOf(format),
        metadata: { [RESULT]: JSON.stringify(kept) },
        signal,
      });
      return { key, etag, size };
    } finally {
      body.destroy();
    }
  }
}

/** Where the object lies: as asked for, or under a name no other export has. */
export function keyOf(job: Job): string {
  const request = requestOf(job);
  return request.key ?? `appmetrica/${job.id}/${exportFileName(request)}`;
}

function keptOf(head: ObjectHead | undefined): Kept | undefined {
  const text = head?.metadata[RESULT];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Kept; // ours, or of somebody who wants to be taken for us: then the id is not this job's
  } catch {
    return undefined;
  }
}
