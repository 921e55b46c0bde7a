import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { AppmetricaLimits } from '../../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';
import { checkExport, type ExportDraft } from '../../../domain/warehouse-loading/appmetrica/export-request.js';
import { EXPORT_JOB, type ExportView, exportView } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { checkObjectKey } from '../../../domain/warehouse-loading/object-key.js';
import { JobWorker } from '../../shared/job-worker.js';

export interface Asker {
  /** Name of the key that asks. */
  readonly caller: string;
  readonly idempotencyKey?: string;
}

/** Ask for an export from AppMetrica; it is made by a worker, and found under the id that is answered. */
export class RequestExportCommand extends Command<ExportView> {
  constructor(
    readonly draft: ExportDraft,
    readonly asker: Asker,
  ) {
    super();
  }
}

@CommandHandler(RequestExportCommand)
export class RequestExportHandler implements ICommandHandler<RequestExportCommand> {
  constructor(
    private readonly jobs: Jobs,
    private readonly worker: JobWorker,
    private readonly limits: AppmetricaLimits,
  ) {}

  async execute({ draft, asker }: RequestExportCommand): Promise<ExportView> {
    const request = checkExport(draft, this.limits);
    if (request.key !== undefined) checkObjectKey(request.key);
    const { job } = await this.jobs.create({ kind: EXPORT_JOB, request: { ...request }, ...asker });
    this.worker.wake();
    return exportView(job, this.limits.keepMs);
  }
}
