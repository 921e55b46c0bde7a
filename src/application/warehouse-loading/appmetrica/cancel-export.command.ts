import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { AppmetricaLimits } from '../../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';
import { EXPORT_JOB, type ExportView, exportView } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { requireExport } from './known-export.js';

/**
 * End an export that is not wanted any more. One that runs ends a little later, one that is finished stays as it is. The
 * vendor knows no cancelling: what it has begun to prepare it finishes.
 */
export class CancelExportCommand extends Command<ExportView> {
  constructor(readonly id: string) {
    super();
  }
}

@CommandHandler(CancelExportCommand)
export class CancelExportHandler implements ICommandHandler<CancelExportCommand> {
  constructor(
    private readonly jobs: Jobs,
    private readonly limits: AppmetricaLimits,
  ) {}

  async execute({ id }: CancelExportCommand): Promise<ExportView> {
    return exportView(requireExport(await this.jobs.cancel(EXPORT_JOB, id)), this.limits.keepMs);
  }
}
