import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { PartSpool } from '../../../domain/ports/part-spool.port.js';
import { isFinished } from '../../../domain/shared/job.js';
import { AppmetricaLimits } from '../../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';
import { EXPORT_JOB, type ExportView, exportView } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { requireExport } from './known-export.js';

/**
 * Forget a finished export and the content the service keeps of it; objects in the bucket stay. One that is not finished is
 * cancelled, and answered as it is then: it can be removed once it has ended.
 */
export class RemoveExportCommand extends Command<ExportView | undefined> {
  constructor(readonly id: string) {
    super();
  }
}

@CommandHandler(RemoveExportCommand)
export class RemoveExportHandler implements ICommandHandler<RemoveExportCommand> {
  constructor(
    private readonly jobs: Jobs,
    private readonly spool: PartSpool,
    private readonly limits: AppmetricaLimits,
  ) {}

  async execute({ id }: RemoveExportCommand): Promise<ExportView | undefined> {
    const job = requireExport(await this.jobs.cancel(EXPORT_JOB, id));
    if (!isFinished(job)) return exportView(job, this.limits.keepMs);
    // In this order: what is left on disk of an export that is known no longer is swept.
    await this.jobs.remove(EXPORT_JOB, id);
    await this.spool.remove(id);
    return undefined;
  }
}
