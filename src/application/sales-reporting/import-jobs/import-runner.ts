import type { CommandBus } from '@nestjs/cqrs';
import { PenstockError } from '../../../domain/errors.js';
import type { ObjectStore } from '../../../domain/ports/object-store.port.js';
import type { ImportRecord, WarehouseImports } from '../../../domain/ports/warehouse-imports.port.js';
import { IMPORT_JOB, type ImportOrder, UPLOAD_PREFIX } from '../../../domain/sales-reporting/import-order.js';
import { parseRejectLimit } from '../../../domain/sales-reporting/reject-limit.js';
import type { Job, JsonObject } from '../../../domain/shared/job.js';
import type { JobContext, JobRunner } from '../../shared/job-runners.js';
import { ImportCsvCommand } from '../imports/import-csv.command.js';
import { importView } from '../imports/import-view.js';
import { orderOf } from './import-job-view.js';
import { objectSource } from './object-source.js';

/** An import leaves nothing half done, so it may be begun anew; a file that kills processes is given up. */
const MAX_ATTEMPTS = 5;
const CONCURRENCY = 2;
const KEEP_MS = 7 * 24 * 3_600_000;
const TIDY_PAGE = 1000;

export interface ImportRunnerPorts {
  readonly commands: CommandBus;
  readonly imports: WarehouseImports;
  readonly store: ObjectStore;
  readonly nowMs: () => number;
}

/** Does the imports that were asked for over HTTP: from an object of the bucket. The import has the id of its job. */
export class ImportRunner implements JobRunner {
  readonly kind = IMPORT_JOB;
  readonly concurrency = CONCURRENCY;
  readonly maxAttempts = MAX_ATTEMPTS;
  readonly keepMs = KEEP_MS;

  constructor(private readonly ports: ImportRunnerPorts) {}

  async run(job: Job, { signal, report }: JobContext): Promise<JsonObject> {
    const order = orderOf(job);
    // A process may have died after the import and before it could say so.
    const record = await this.ports.imports.get(job.id);
    if (record !== undefined) return resultOf(record);
    try {
      const source = await objectSource(this.ports.store, order);
      const request = { ...order, ...limitOf(order), id: job.id, source };
      const follower = { signal, onProgress: (progress: object) => report({ ...progress }) };
      const receipt = await this.ports.commands.execute(new ImportCsvCommand(request, follower));
      await this.remove(order);
      return { ...receipt };
    } catch (cause) {
      // Handed back, it is read again by whoever takes it up.
      if (!signal.aborted) await this.remove(order);
      throw cause;
    }
  }

  /** Uploads whose import never ended. */
  async tidy(): Promise<void> {
    const { store, nowMs } = this.ports;
    const oldestMs = nowMs() - KEEP_MS;
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await store.list({
        prefix: UPLOAD_PREFIX,
        limit: TIDY_PAGE,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { key, lastModified } of page.objects) if (lastModified.getTime() < oldestMs) await store.delete(key);
      cursor = page.next;
    }
  }

  private async remove({ key, isUploaded }: ImportOrder): Promise<void> {
    if (isUploaded) await this.ports.store.delete(key).catch(() => undefined); // left to tidy()
  }
}

function limitOf({ rejectLimit }: ImportOrder): { rejectLimit: ReturnType<typeof parseRejectLimit> | undefined } {
  return { rejectLimit: rejectLimit === undefined ? undefined : parseRejectLimit(rejectLimit) };
}

function resultOf(record: ImportRecord): JsonObject {
  if (record.state === 'failed')
    throw new PenstockError('import.rejected', `${record.reason ?? ''} No row was imported.`);
  return { ...importView(record) };
}
