/** A row as it came: values are JSON's, and are checked against the columns before anything is written. */
export type Row = Readonly<Record<string, unknown>>;

/** What becomes of a row whose key is there already. */
export type OnConflict = 'error' | 'ignore' | 'update';

export interface InsertRows {
  readonly onConflict: OnConflict;
  /** The same key with the same rows answers the first receipt again; with others it is a conflict. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export interface InsertReceipt {
  /** One per row in request order; null for a row that was ignored. */
  readonly insertedIds: readonly (number | null)[];
  readonly count: number;
  /** Chunks that were really written. */
  readonly batches: number;
}

export interface ListRows {
  /** Equality, by column. */
  readonly filters: Readonly<Record<string, string>>;
  readonly sortBy?: string;
  readonly sortDir: 'asc' | 'desc';
  readonly limit: number;
  readonly cursor?: string;
}

export interface RowPage {
  readonly rows: readonly Row[];
  readonly next?: string;
}

/**
 * The typed warehouse tables (dwh-tables.ts names them). Every adapter passes test/contracts/warehouse-tables.contract.ts
 * against a real engine.
 *
 * @throws PenstockError `table.unknown`, `rows.rejected` (faults name row and column), `rows.conflict` (a key is there,
 * or the idempotency key belongs to other rows), `warehouse.unreachable`
 */
export abstract class WarehouseTables {
  /** Writes all rows in chunks and in one transaction: every row is in, or none. Memory stays flat in the number of rows. */
  abstract insert(table: string, rows: AsyncIterable<Row>, options: InsertRows): Promise<InsertReceipt>;

  abstract list(table: string, request: ListRows): Promise<RowPage>;

  /** All rows that `request` selects, streamed. */
  abstract stream(table: string, request: Omit<ListRows, 'limit' | 'cursor'>): AsyncIterable<Row>;
}
