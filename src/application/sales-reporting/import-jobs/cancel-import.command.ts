import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../../domain/errors.js';
import { Jobs } from '../../../domain/ports/jobs.port.js';
import { IMPORT_JOB } from '../../../domain/sales-reporting/import-order.js';
import { type ImportJobView, importJobView } from './import-job-view.js';

/** End an import that is not wanted any more: nothing of it stays. One that is finished stays as it is. */
export class CancelImportCommand extends Command<ImportJobView> {
  constructor(readonly id: string) {
    super();
  }
}

@CommandHandler(CancelImportCommand)
export class CancelImportHandler implements ICommandHandler<CancelImportCommand> {
  constructor(private readonly jobs: Jobs) {}

  async execute({ id }: CancelImportCommand): Promise<ImportJobView> {
    const job = await this.jobs.cancel(IMPORT_JOB, id);
    if (job === undefined)
      throw new PenstockError('import.unknown', 'There is no import of this id that was asked for over HTTP.');
    return importJobView(job);
  }
}
