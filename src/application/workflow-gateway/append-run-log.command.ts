import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/ports/clock.port.js';
import { RunLog } from '../../domain/ports/run-log.port.js';
import { type GivenLogEntry, newLogEntries } from '../../domain/workflow-gateway/new-log-entries.js';
import { RunLogLimits } from '../../domain/workflow-gateway/run-log-limits.js';
import { RunLookup } from './run-lookup.js';

/** Write entries into a run's log, for orchestrators that reach the service but not its database. */
export class AppendRunLogCommand extends Command<{ appended: number }> {
  constructor(
    readonly runId: string,
    readonly entries: readonly GivenLogEntry[],
  ) {
    super();
  }
}

@CommandHandler(AppendRunLogCommand)
export class AppendRunLogHandler implements ICommandHandler<AppendRunLogCommand> {
  constructor(
    private readonly log: RunLog,
    private readonly runs: RunLookup,
    private readonly clock: Clock,
    private readonly limits: RunLogLimits,
  ) {}

  async execute({ runId, entries }: AppendRunLogCommand): Promise<{ appended: number }> {
    const nowMs = this.clock.nowMs();
    const kept = newLogEntries(entries, nowMs);
    await this.log.append(await this.runs.logIdOf(runId), kept, nowMs + this.limits.keepMs);
    return { appended: kept.length };
  }
}
