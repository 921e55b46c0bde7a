import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../../domain/ports/clock.port.js';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { isFinished } from '../../../domain/shared/job.js';
import { AppmetricaLimits } from '../../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';
import { type ExportView, exportView } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { type ExportContent, ExportContents } from './export-content.js';
import { knownExport } from './known-export.js';

/** The content; or the export as it is when the time to wait was over. */
export type FetchedExport =
  | { readonly kind: 'content'; readonly content: ExportContent }
  | { readonly kind: 'pending'; readonly export: ExportView };

export interface Patience {
  /** Pause between two looks at the export. Left out: as the settings say. */
  readonly pollMs?: number;
  readonly timeoutMs?: number;
  /** Ends the waiting: nobody does any more. */
  readonly signal: AbortSignal;
}

/** The document's request: wait until an export is over and answer its content. */
export class FetchExportQuery extends Query<FetchedExport> {
  constructor(
    readonly id: string,
    readonly patience: Patience,
  ) {
    super();
  }
}

@QueryHandler(FetchExportQuery)
export class FetchExportHandler implements IQueryHandler<FetchExportQuery> {
  private readonly stopping = new AbortController();

  constructor(
    private readonly jobs: Jobs,
    private readonly contents: ExportContents,
    private readonly clock: Clock,
    private readonly limits: AppmetricaLimits,
  ) {}

  /** The service stops: whoever waits is told how far the export is. */
  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  async execute({ id, patience }: FetchExportQuery): Promise<FetchedExport> {
    const { pollMs = this.limits.pollMs, timeoutMs = this.limits.pollTimeoutMs } = patience;
    const signal = AbortSignal.any([patience.signal, this.stopping.signal]);
    const deadlineMs = this.clock.nowMs() + timeoutMs;
    for (;;) {
      const job = await knownExport(this.jobs, id);
      if (isFinished(job)) return { kind: 'content', content: await this.contents.of(job) };
      const leftMs = deadlineMs - this.clock.nowMs();
      if (leftMs <= 0 || signal.aborted) return { kind: 'pending', export: exportView(job, this.limits.keepMs) };
      await this.clock.sleep(Math.min(pollMs, leftMs), signal);
    }
  }
}
