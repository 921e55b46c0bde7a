import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { WarehouseQueries } from '../../domain/ports/warehouse-queries.port.js';
import { OnboardingLimits } from '../../domain/stream-onboarding/onboarding-limits.js';

/** The answer the clients of the Kinesis Connector know. */
export interface QueryAnswer {
  readonly metadata: {
    readonly query: string;
    /** Rows on this page. */
    readonly row_count: number;
    readonly column_names: readonly string[];
    readonly column_types: readonly string[];
    /** Rows on all pages. */
    readonly total_count: number;
    readonly page: number;
    readonly page_size: number;
    readonly total_pages: number;
  };
  readonly data: readonly Record<string, unknown>[];
}

export const DEFAULT_PAGE_SIZE = 100;

/** Run one reading statement against the warehouse and answer a page of its result. Pages count from 1. */
export class RunQueryQuery extends Query<QueryAnswer> {
  constructor(
    readonly sql: string,
    readonly paging: { readonly page?: number; readonly pageSize?: number } = {},
  ) {
    super();
  }
}

@QueryHandler(RunQueryQuery)
export class RunQueryHandler implements IQueryHandler<RunQueryQuery> {
  constructor(
    private readonly warehouse: WarehouseQueries,
    private readonly limits: OnboardingLimits,
  ) {}

  async execute({ sql, paging }: RunQueryQuery): Promise<QueryAnswer> {
    const { page = 1, pageSize = DEFAULT_PAGE_SIZE } = paging;
    const { columns, rows, totalRows } = await this.warehouse.run({
      sql,
      offset: (page - 1) * pageSize,
      limit: pageSize,
      timeoutMs: this.limits.queryTimeoutMs,
    });
    const metadata = {
      query: sql,
      row_count: rows.length,
      column_names: columns.map(({ name }) => name),
      column_types: columns.map(({ type }) => type),
      total_count: totalRows,
      page,
      page_size: pageSize,
      total_pages: Math.ceil(totalRows / pageSize),
    };
    return { metadata, data: rows };
  }
}
