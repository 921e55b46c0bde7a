import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Aggregation, DomainConfig } from '../../domain/event-pipelines/domain-config.js';
import { windowChangeView, type WindowChangeView } from '../../domain/event-pipelines/window-view.js';
import { AggregateWindows } from '../../domain/ports/aggregate-windows.port.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { Deployments } from '../../domain/ports/deployments.port.js';
import { aggregationsOf, deployedDomain } from './deployed-domain.js';
import { ChangedWindows } from './window-follow/changed-windows.js';

export interface FollowChanges {
  readonly domain: string;
  /** Unset: all of the domain. */
  readonly aggregation?: string;
  /** Milliseconds since the epoch; unset: the last minute. */
  readonly sinceMs?: number;
  readonly signal: AbortSignal;
}

/**
 * The windows of a deployed domain as they change, each change once, until nobody wants them any more, or for an hour.
 * What is answered at once is one item, oldest change first.
 */
export class FollowChangesQuery extends Query<AsyncIterable<readonly WindowChangeView[]>> {
  constructor(readonly wanted: FollowChanges) {
    super();
  }
}

const POLL_MS = 1000;
const LONGEST_MS = 3_600_000;

@QueryHandler(FollowChangesQuery)
export class FollowChangesHandler implements IQueryHandler<FollowChangesQuery> {
  constructor(
    private readonly windows: AggregateWindows,
    private readonly deployments: Deployments,
    private readonly clock: Clock,
  ) {}

  /** What is not deployed is told before the first change. */
  async execute({ wanted }: FollowChangesQuery): Promise<AsyncIterable<readonly WindowChangeView[]>> {
    const domain = await deployedDomain(this.deployments, wanted.domain);
    return this.changes(domain, aggregationsOf(domain, wanted.aggregation), wanted);
  }

  private async *changes(
    domain: DomainConfig,
    aggregations: readonly Aggregation[],
    { sinceMs, signal }: FollowChanges,
  ): AsyncGenerator<readonly WindowChangeView[], void, undefined> {
    const beganMs = this.clock.nowMs();
    const followed = aggregations.map((aggregation) => ({
      name: aggregation.name,
      changes: new ChangedWindows(this.windows, domain, aggregation, sinceMs ?? beganMs),
    }));
    while (!signal.aborted && this.clock.nowMs() - beganMs < LONGEST_MS) {
      for (const { name, changes } of followed) {
        for await (const page of changes.round(signal)) yield page.map(({ state }) => windowChangeView(name, state));
      }
      await this.clock.sleep(POLL_MS, signal);
    }
  }
}
