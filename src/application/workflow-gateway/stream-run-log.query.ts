import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/ports/clock.port.js';
import { RunLog } from '../../domain/ports/run-log.port.js';
import type { RunLogEntry } from '../../domain/workflow-gateway/run-log-entry.js';
import { RunLogLimits } from '../../domain/workflow-gateway/run-log-limits.js';
import { RunLookup } from './run-lookup.js';

/** An entry; the last of each page also tells where to go on behind it. */
export interface StreamedEntry {
  readonly entry: RunLogEntry;
  readonly cursor?: string;
}

export interface StreamRunLog {
  readonly type?: string;
  readonly cursor?: string;
  /** Goes on with what is written later, until the run is over, for as long as logs are followed at most. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** All of a run's log, entry by entry; the iteration ends with the log, or never before the run does. */
export class StreamRunLogQuery extends Query<AsyncIterable<StreamedEntry>> {
  constructor(
    readonly runId: string,
    readonly how: StreamRunLog = {},
  ) {
    super();
  }
}

/** Entries of one page; whoever goes on after a cut gets at most so many again. */
const PAGE = 100;

@QueryHandler(StreamRunLogQuery)
export class StreamRunLogHandler implements IQueryHandler<StreamRunLogQuery> {
  constructor(
    private readonly log: RunLog,
    private readonly runs: RunLookup,
    private readonly clock: Clock,
    private readonly limits: RunLogLimits,
  ) {}

  /** A run nobody knows is told before the first entry. */
  async execute({ runId, how }: StreamRunLogQuery): Promise<AsyncIterable<StreamedEntry>> {
    const logId = await this.runs.logIdOf(runId);
    await this.runs.requireKnown(runId, logId);
    return how.follow === true ? this.followed(runId, logId, how) : this.written(logId, how);
  }

  private async *written(
    logId: string,
    { type, cursor }: StreamRunLog,
  ): AsyncGenerator<StreamedEntry, string | undefined> {
    let after = cursor;
    for (;;) {
      const request = { limit: PAGE, ...(type !== undefined && { type }), ...(after !== undefined && { after }) };
      const { entries, next, end } = await this.log.read(logId, request);
      after = next ?? end ?? after;
      for (const entry of entries.slice(0, -1)) yield { entry };
      const last = entries.at(-1);
      if (last !== undefined) yield { entry: last, ...(after !== undefined && { cursor: after }) };
      if (next === undefined) return after;
    }
  }

  private async *followed(runId: string, logId: string, how: StreamRunLog): AsyncGenerator<StreamedEntry> {
    const untilMs = this.clock.nowMs() + this.limits.followMs;
    let { cursor } = how;
    while (how.signal?.aborted !== true && this.clock.nowMs() < untilMs) {
      // Asked before the log is read, so that what was written until then is not missed.
      const isOver = await this.runs.isOver(runId);
      cursor = yield* this.written(logId, { ...how, ...(cursor !== undefined && { cursor }) });
      if (isOver) return;
      await this.clock.sleep(this.limits.pollMs, how.signal);
    }
  }
}
