import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { Jobs } from '../../domain/ports/jobs.port.js';
import { type RunView, runView } from '../../domain/workflow-gateway/run-view.js';
import { WORKFLOW_RUN } from '../../domain/workflow-gateway/workflow-run.js';

/**
 * End a run: one that has not begun never does; of one that has, nobody waits for the answer any more, but its function
 * goes on to its end, for functions cannot be called back.
 */
export class CancelRunCommand extends Command<RunView> {
  constructor(readonly runId: string) {
    super();
  }
}

@CommandHandler(CancelRunCommand)
export class CancelRunHandler implements ICommandHandler<CancelRunCommand> {
  constructor(private readonly jobs: Jobs) {}

  async execute({ runId }: CancelRunCommand): Promise<RunView> {
    const job = await this.jobs.cancel(WORKFLOW_RUN, runId);
    if (job === undefined) throw new PenstockError('run.unknown', 'No run with this id was started here.');
    return runView(job);
  }
}
