import { createHash, randomUUID } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../../domain/errors.js';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { ObjectStore } from '../../../domain/ports/object-store.port.js';
import { SchemaDocuments } from '../../../domain/ports/schema-documents.port.js';
import {
  checkOrder,
  IMPORT_JOB,
  type ImportOrder,
  safeFileName,
  UPLOAD_PREFIX,
} from '../../../domain/sales-reporting/import-order.js';
import { JobWorker } from '../../shared/job-worker.js';
import { schemaFields } from '../imports/schema-fields.js';
import { type ImportJobView, importJobView } from './import-job-view.js';

/** A file that comes with the request, or the key of an object that is there. */
export type ImportContent =
  | { readonly key: string }
  | { readonly content: AsyncIterable<Uint8Array>; readonly fileName: string | undefined };

export interface ImportAsker {
  /** Name of the key that asks. */
  readonly caller: string;
  readonly idempotencyKey?: string;
}

/** Ask for an import; it is done by a worker, and found under the id that is answered. */
export class RequestImportCommand extends Command<ImportJobView> {
  constructor(
    readonly draft: Omit<ImportOrder, 'key' | 'source' | 'isUploaded'>,
    readonly file: ImportContent,
    readonly asker: ImportAsker,
  ) {
    super();
  }
}

@CommandHandler(RequestImportCommand)
export class RequestImportHandler implements ICommandHandler<RequestImportCommand> {
  constructor(
    private readonly jobs: Jobs,
    private readonly store: ObjectStore,
    private readonly documents: SchemaDocuments,
    private readonly worker: JobWorker,
  ) {}

  async execute({ draft, file, asker }: RequestImportCommand): Promise<ImportJobView> {
    checkOrder(draft);
    if (draft.schema !== undefined) schemaFields(this.documents, draft.schema);
    const order = 'key' in file ? await this.known(draft, file.key) : await this.upload(draft, file, asker);
    const { job } = await this.jobs.create({ kind: IMPORT_JOB, request: { ...order }, ...asker });
    this.worker.wake();
    return importJobView(job);
  }

  private async known(draft: RequestImportCommand['draft'], key: string): Promise<ImportOrder> {
    if ((await this.store.head(key)) === undefined)
      throw new PenstockError('object.unknown', `There is no object "${key}".`);
    return { ...draft, key, source: safeFileName(key), isUploaded: false };
  }

  private async upload(
    draft: RequestImportCommand['draft'],
    { content, fileName }: Extract<ImportContent, { fileName: unknown }>,
    { caller, idempotencyKey }: ImportAsker,
  ): Promise<ImportOrder> {
    const source = safeFileName(fileName);
    const key = `${UPLOAD_PREFIX}${folderOf(caller, idempotencyKey)}/${source}`;
    try {
      await this.store.put(key, content, { condition: { ifAbsent: true }, contentType: 'text/csv' });
    } catch (cause) {
      // The same request again: the first upload is the one that counts.
      if (!(cause instanceof PenstockError) || cause.code !== 'object.exists') throw cause;
    }
    return { ...draft, key, source, isUploaded: true };
  }
}

/** The same for the same idempotency key of the same caller, so that a repeated upload is the same order. */
function folderOf(caller: string, idempotencyKey: string | undefined): string {
  if (idempotencyKey === undefined) return randomUUID();
  return createHash('sha256')
    .update(JSON.stringify([caller, idempotencyKey]))
    .digest('hex')
    .slice(0, 32);
}
