import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { AlertState } from '../../domain/event-pipelines/window-alerts.js';
import { alertView, type AlertView } from '../../domain/event-pipelines/window-view.js';
import { AlertRecords } from '../../domain/ports/alert-records.port.js';
import { Deployments } from '../../domain/ports/deployments.port.js';
import { deployedDomain } from './deployed-domain.js';

export interface AlertList {
  readonly alerts: readonly AlertView[];
  /** Of the next page; left out on the last one. */
  readonly next?: string;
}

export interface AlertFilter {
  readonly state?: AlertState;
  readonly alert?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export const DEFAULT_ALERT_LIMIT = 100;

/** The windows for which alerts of a deployed domain fire or fired, those that fired last first. */
export class ListAlertsQuery extends Query<AlertList> {
  constructor(
    readonly domain: string,
    readonly filter: AlertFilter = {},
  ) {
    super();
  }
}

@QueryHandler(ListAlertsQuery)
export class ListAlertsHandler implements IQueryHandler<ListAlertsQuery> {
  constructor(
    private readonly alerts: AlertRecords,
    private readonly deployments: Deployments,
  ) {}

  async execute({ domain, filter: { limit = DEFAULT_ALERT_LIMIT, ...filter } }: ListAlertsQuery): Promise<AlertList> {
    await deployedDomain(this.deployments, domain);
    const { records, next } = await this.alerts.list({ ...filter, domain, limit });
    return { alerts: records.map(alertView), ...(next !== undefined && { next }) };
  }
}
