import type { Job, JsonObject } from '../../../domain/shared/job.js';
import { EXPORT_JOB, type ExportResult, requestOf } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import type { JobContext, JobRunner } from '../../shared/job-runners.js';
import type { ExportPorts } from './export-ports.js';
import { ExportTold } from './export-told.js';
import { fetchParts } from './fetch-parts.js';
import { glueContent } from './glue-content.js';

/** Processes that may die over one export. */
const MAX_ATTEMPTS = 10;

/** Makes exports: fetches the parts, puts them together, and stores the content where it was asked for. */
export class ExportRunner implements JobRunner {
  readonly kind = EXPORT_JOB;
  readonly maxAttempts = MAX_ATTEMPTS;

  constructor(private readonly ports: ExportPorts) {}

  get concurrency(): number {
    return this.ports.limits.concurrency;
  }

  get keepMs(): number {
    return this.ports.limits.keepMs;
  }

  async run(job: Job, context: JobContext): Promise<JsonObject> {
    const { bucket, spool } = this.ports;
    const told = new ExportTold(job, context);
    const request = requestOf(job);
    const isForBucket = request.destination === 's3';
    // What a process that died had finished is not done again.
    const stored = isForBucket ? await bucket.find(job) : undefined;
    if (stored !== undefined) return { ...stored };
    if (isForBucket) await bucket.requireFree(job);
    const content: ExportResult = (await spool.open(job.id))?.content ?? (await this.make(job, told, context.signal));
    if (!isForBucket) return { ...content };
    told.tell({ phase: 'storing' });
    const object = await bucket.store(job, content, context.signal);
    await spool.remove(job.id);
    return { ...content, object };
  }

  async tidy(): Promise<void> {
    const { spool, jobs, limits } = this.ports;
    await spool.sweep(limits.keepMs, async (id) => (await jobs.find(EXPORT_JOB, id)) !== undefined);
  }

  private async make(job: Job, told: ExportTold, signal: AbortSignal): Promise<ExportResult> {
    const parts = await fetchParts({ ...this.ports, told, signal }, job);
    return glueContent({ spool: this.ports.spool, told, signal }, job, parts);
  }
}
