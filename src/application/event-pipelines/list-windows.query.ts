import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Aggregation, DomainConfig } from '../../domain/event-pipelines/domain-config.js';
import { AggregateWindows, type WindowRow, type WindowsWanted } from '../../domain/ports/aggregate-windows.port.js';
import { Deployments } from '../../domain/ports/deployments.port.js';
import { aggregationsOf, deployedDomain } from './deployed-domain.js';

/** A window as a row: `window_start`, `window_end`, the groups by their names, `value`, `events`, `changed_at`. */
export type WindowRecord = Readonly<Record<string, string | number | null>>;

export interface WindowList {
  /** Names of the columns, in order. */
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<WindowRecord>;
  /** Of the next page; left out on the last one, and where all are answered. */
  readonly next?: string;
}

export const DEFAULT_WINDOWS_LIMIT = 1000;
export const MAX_WINDOWS_LIMIT = 10_000;
/** Windows read at a time where all are answered. */
const PAGE = 5000;

/** Windows of an aggregation in order of start and group. */
export class ListWindowsQuery extends Query<WindowList> {
  /** @param wanted `limit` unset: a page of the default size; `all`: every one, page by page as they are taken */
  constructor(
    readonly domain: string,
    readonly aggregation: string,
    readonly wanted: Omit<WindowsWanted, 'limit'> & { readonly limit?: number; readonly all?: boolean } = {},
  ) {
    super();
  }
}

@QueryHandler(ListWindowsQuery)
export class ListWindowsHandler implements IQueryHandler<ListWindowsQuery> {
  constructor(
    private readonly deployments: Deployments,
    private readonly windows: AggregateWindows,
  ) {}

  async execute({ domain: name, aggregation: wantedName, wanted }: ListWindowsQuery): Promise<WindowList> {
    const domain = await deployedDomain(this.deployments, name);
    const [aggregation] = aggregationsOf(domain, wantedName) as [Aggregation]; // it throws where there is none
    const { all = false, limit = all ? PAGE : DEFAULT_WINDOWS_LIMIT, ...rest } = wanted;
    const columns = ['window_start', 'window_end', ...aggregation.groupBy, 'value', 'events', 'changed_at'];
    const first = await this.windows.windows(domain, aggregation, { ...rest, limit });
    if (!all) return { columns, rows: records(first.rows), ...(first.next !== undefined && { next: first.next }) };
    return { columns, rows: this.pages(domain, aggregation, { ...rest, limit }, first) };
  }

  private async *pages(
    domain: DomainConfig,
    aggregation: Aggregation,
    wanted: WindowsWanted,
    first: { readonly rows: readonly WindowRow[]; readonly next?: string },
  ): AsyncGenerator<WindowRecord> {
    for (let page = first; ;) {
      yield* records(page.rows);
      if (page.next === undefined) return;
      page = await this.windows.windows(domain, aggregation, { ...wanted, cursor: page.next });
    }
  }
}

async function* records(rows: readonly WindowRow[]): AsyncGenerator<WindowRecord> {
  for (const { startMs, endMs, group, value, events, changedAtMs } of rows) {
    yield {
      window_start: new Date(startMs).toISOString(),
      window_end: new Date(endMs).toISOString(),
      ...group,
      value,
      events,
      changed_at: new Date(changedAtMs).toISOString(),
    };
  }
}
