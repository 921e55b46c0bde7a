import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../../domain/ports/clock.port.js';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { isFinished } from '../../../domain/shared/job.js';
import { AppmetricaLimits } from '../../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';
import { EXPORT_JOB, type ExportView, exportView } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { JobWorker } from '../../shared/job-worker.js';
import { knownExport } from './known-export.js';

export interface ExportWatch {
  /** Ends the waiting; an export that is made here is handed back, for anybody to go on with. */
  readonly signal: AbortSignal;
  readonly told: (view: ExportView) => void;
}

/** Pause between two looks at an export that somebody else makes, and between two that are told. */
const LOOK_EVERY_MS = 500;

/**
 * See an export to its end: make it here if nobody else does, and wait for it otherwise. So a command needs no service to
 * run, and works beside one that does.
 */
export class FinishExportCommand extends Command<ExportView> {
  constructor(
    readonly id: string,
    readonly watch: ExportWatch,
  ) {
    super();
  }
}

@CommandHandler(FinishExportCommand)
export class FinishExportHandler implements ICommandHandler<FinishExportCommand> {
  constructor(
    private readonly jobs: Jobs,
    private readonly worker: JobWorker,
    private readonly clock: Clock,
    private readonly limits: AppmetricaLimits,
  ) {}

  async execute({ id, watch }: FinishExportCommand): Promise<ExportView> {
    const over = new AbortController();
    const telling = this.tell(id, watch, over.signal);
    try {
      return await this.finish(id, watch.signal);
    } finally {
      over.abort();
      await telling;
    }
  }

  private async finish(id: string, signal: AbortSignal): Promise<ExportView> {
    for (;;) {
      const job = await knownExport(this.jobs, id);
      if (isFinished(job) || signal.aborted) return exportView(job, this.limits.keepMs);
      const wasDoneHere = await this.worker.doOne(EXPORT_JOB, id, signal);
      if (!wasDoneHere) await this.clock.sleep(LOOK_EVERY_MS, signal);
    }
  }

  /** How it goes is worth telling, not worth failing for. */
  private async tell(id: string, { told }: ExportWatch, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const job = await this.jobs.find(EXPORT_JOB, id).catch(() => undefined);
      if (job !== undefined && !over.aborted) told(exportView(job, this.limits.keepMs));
      await this.clock.sleep(LOOK_EVERY_MS, over);
    }
  }
}
