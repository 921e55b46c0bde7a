import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Aggregation } from '../../domain/event-pipelines/domain-config.js';
import { AggregateWindows } from '../../domain/ports/aggregate-windows.port.js';
import { Deployments } from '../../domain/ports/deployments.port.js';
import { aggregationsOf, deployedDomain } from './deployed-domain.js';

/** An event, and a window that was closed when it came. */
export type LateRecord = Readonly<Record<(typeof LATE_COLUMNS)[number], string | number>>;

export const LATE_COLUMNS = ['event_id', 'timestamp', 'window_start', 'window_end', 'lateness_ms'] as const;
export const DEFAULT_LATE_LIMIT = 100;
export const MAX_LATE_LIMIT = 10_000;

/** Events that came too late for windows of an aggregation, latest first. */
export class ListLateEventsQuery extends Query<readonly LateRecord[]> {
  constructor(
    readonly domain: string,
    readonly aggregation: string,
    readonly limit: number = DEFAULT_LATE_LIMIT,
  ) {
    super();
  }
}

@QueryHandler(ListLateEventsQuery)
export class ListLateEventsHandler implements IQueryHandler<ListLateEventsQuery> {
  constructor(
    private readonly deployments: Deployments,
    private readonly windows: AggregateWindows,
  ) {}

  async execute({ domain: name, aggregation: wanted, limit }: ListLateEventsQuery): Promise<readonly LateRecord[]> {
    const domain = await deployedDomain(this.deployments, name);
    const [aggregation] = aggregationsOf(domain, wanted) as [Aggregation]; // it throws where there is none
    const events = await this.windows.late(domain, aggregation, limit);
    return events.map(({ eventId, timestampMs, windowStartMs, windowEndMs, latenessMs }) => ({
      event_id: eventId,
      timestamp: new Date(timestampMs).toISOString(),
      window_start: new Date(windowStartMs).toISOString(),
      window_end: new Date(windowEndMs).toISOString(),
      lateness_ms: latenessMs,
    }));
  }
}
