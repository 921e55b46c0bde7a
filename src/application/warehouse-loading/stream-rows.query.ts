import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type Row, type StreamRows, WarehouseEngines } from '../../domain/ports/warehouse-tables.port.js';
import { dwhTable, ID_COLUMN } from '../../domain/warehouse-loading/dwh-tables.js';
import { rowSelection, type SelectRows, withoutId } from '../../domain/warehouse-loading/row-selection.js';
import type { WarehouseEngine } from '../../domain/warehouse-loading/warehouse-engine.js';

export interface StreamedRows {
  readonly table: string;
  readonly columns: readonly string[];
  /** Of these, columns that hold any value of JSON. */
  readonly jsonColumns: readonly string[];
  /** Begins its work when it is read, and ends it when it is left. */
  readonly rows: AsyncIterable<Row>;
}

/** All rows of a selection, as they are read, whatever their number; or so many at most. */
export class StreamRowsQuery extends Query<StreamedRows> {
  constructor(
    readonly place: { readonly table: string; readonly engine: WarehouseEngine },
    readonly request: SelectRows,
    readonly options: StreamRows & { readonly withId?: boolean } = {},
  ) {
    super();
  }
}

@QueryHandler(StreamRowsQuery)
export class StreamRowsHandler implements IQueryHandler<StreamRowsQuery> {
  constructor(private readonly engines: WarehouseEngines) {}

  async execute({ place, request, options }: StreamRowsQuery): Promise<StreamedRows> {
    const table = dwhTable(place.table);
    const selection = rowSelection(table, { ...request, engine: place.engine });
    const rows = this.engines.of(place.engine).stream(selection, options);
    const { withId = true } = options;
    const columns = [...(withId ? [ID_COLUMN] : []), ...table.columns].map(({ name }) => name);
    const jsonColumns = table.columns.filter(({ type }) => type === 'json').map(({ name }) => name);
    return { table: table.table, columns, jsonColumns, rows: withId ? rows : allWithoutId(rows) };
  }
}

async function* allWithoutId(rows: AsyncIterable<Row>): AsyncGenerator<Row, void, undefined> {
  for await (const row of rows) yield withoutId(row);
}
