import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type Row, WarehouseEngines } from '../../domain/ports/warehouse-tables.port.js';
import { dwhTable } from '../../domain/warehouse-loading/dwh-tables.js';
import { rowSelection, type SelectRows, withoutId } from '../../domain/warehouse-loading/row-selection.js';
import type { WarehouseEngine } from '../../domain/warehouse-loading/warehouse-engine.js';

/** The answer the clients of the DWH Helper know, and where it goes on. */
export interface RowList {
  readonly rows: readonly Row[];
  /** Rows of this page. */
  readonly count: number;
  /** Cursor of the next page; left out on the last one. */
  readonly next?: string;
}

export const DEFAULT_ROWS_LIMIT = 100;
export const MAX_ROWS_LIMIT = 10_000;

/** A page of rows of one of the warehouse tables. */
export class ListRowsQuery extends Query<RowList> {
  constructor(
    readonly place: { readonly table: string; readonly engine: WarehouseEngine },
    readonly request: SelectRows,
    readonly options: { readonly limit?: number | undefined; readonly withId?: boolean } = {},
  ) {
    super();
  }
}

@QueryHandler(ListRowsQuery)
export class ListRowsHandler implements IQueryHandler<ListRowsQuery> {
  constructor(private readonly engines: WarehouseEngines) {}

  async execute({ place: { table, engine }, request, options }: ListRowsQuery): Promise<RowList> {
    const { limit = DEFAULT_ROWS_LIMIT, withId = true } = options;
    const selection = rowSelection(dwhTable(table), { ...request, engine });
    const { rows, next } = await this.engines.of(engine).list(selection, limit);
    return { rows: withId ? rows : rows.map(withoutId), count: rows.length, ...(next !== undefined && { next }) };
  }
}
