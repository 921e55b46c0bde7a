import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { RunLog } from '../../domain/ports/run-log.port.js';
import type { RunLogEntry } from '../../domain/workflow-gateway/run-log-entry.js';
import { RunLookup } from './run-lookup.js';

export interface RunLogAnswer {
  readonly status: 'success';
  readonly run_id: string;
  /** Entries of this page. */
  readonly log_count: number;
  readonly logs: readonly RunLogEntry[];
  readonly next?: string;
}

export const DEFAULT_LOG_LIMIT = 1000;

/** What a run has written, oldest first; also of a run that this service did not start. */
export class ReadRunLogQuery extends Query<RunLogAnswer> {
  constructor(
    readonly runId: string,
    readonly filter: { readonly type?: string; readonly limit?: number; readonly cursor?: string } = {},
  ) {
    super();
  }
}

@QueryHandler(ReadRunLogQuery)
export class ReadRunLogHandler implements IQueryHandler<ReadRunLogQuery> {
  constructor(
    private readonly log: RunLog,
    private readonly runs: RunLookup,
  ) {}

  async execute({ runId, filter }: ReadRunLogQuery): Promise<RunLogAnswer> {
    const { type, limit = DEFAULT_LOG_LIMIT, cursor } = filter;
    const logId = await this.runs.logIdOf(runId);
    const request = { limit, ...(type !== undefined && { type }), ...(cursor !== undefined && { after: cursor }) };
    const { entries, next } = await this.log.read(logId, request);
    if (entries.length === 0) await this.runs.requireKnown(runId, logId);
    const rest = next === undefined ? {} : { next };
    return { status: 'success', run_id: runId, log_count: entries.length, logs: entries, ...rest };
  }
}
