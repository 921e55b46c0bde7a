import type { IdRun } from '../warehouse-loading/id-runs.js';
import type { OnConflict } from '../warehouse-loading/on-conflict.js';
import type { RowPlace } from '../warehouse-loading/row-chunks.js';
import type { RowSelection } from '../warehouse-loading/row-selection.js';
import type { WarehouseEngine } from '../warehouse-loading/warehouse-engine.js';

/** A row as it came: values are JSON's, and are checked against the columns before anything is written. */
export type Row = Readonly<Record<string, unknown>>;

export interface InsertRows {
  readonly onConflict: OnConflict;
  /**
   * Of a table without a key, the column that tells its rows apart in such loads: every row has a value, and one whose value
   * was loaded so before is ignored. PostgreSQL remembers values as long as idempotency keys; ClickHouse looks into the table.
   */
  readonly onceBy?: string;
  /**
   * The same key with the same rows answers the first receipt again, and writes nothing; with others, or with another
   * `onConflict`, it is a conflict.
   */
  readonly idempotencyKey?: string;
  /** Gives the load up; nothing is written then, unless it is written already. */
  readonly signal?: AbortSignal;
  /** How faults name a row; `data.3` where it is left out. */
  readonly place?: RowPlace;
  /** Runs of ids that are remembered at most; beyond, the receipt has none. Without it, all are. */
  readonly maxIdRuns?: number;
}

export interface InsertReceipt {
  /** The ids of the rows in the order they came; undefined beyond `maxIdRuns`. */
  readonly ids: readonly IdRun[] | undefined;
  /** Rows that are in the table now: all of them, without those ignored. */
  readonly count: number;
  /** Writes it really took. */
  readonly batches: number;
}

export interface RowPage {
  readonly rows: readonly Row[];
  /** Continues the list; undefined on the last page. */
  readonly next?: string;
}

export interface StreamRows {
  /** So many rows at most. */
  readonly limit?: number;
  /** Gives the reading up. */
  readonly signal?: AbortSignal;
}

/**
 * The typed warehouse tables, which dwh-tables.ts names. Values go in and come out as in column-reader.ts; times come as
 * `2024-01-01T00:00:00.000000Z`, whole numbers beyond ±(2^53 - 1) as text. Every adapter passes
 * test/contracts/warehouse-tables.contract.ts against a real engine.
 *
 * Loads are all or nothing and seen at once on both engines. What differs:
 * - PostgreSQL writes chunks of at most `LoadLimits` in one transaction. A key is unique, whoever writes.
 * - ClickHouse has no transactions and no unique keys. A load is one block, which it stores as a whole or not at all, so
 *   its size is bounded (`request.too-large`) and `batches` is 1; rows of a table with a key are looked up before, one load
 *   of a table at a time. A key that others write besides is read once all the same: the latest row wins. A load whose
 *   answer was lost may be in the table; the same idempotency key finds out, and writes it once.
 *
 * @throws PenstockError `table.unknown`; `query.timeout`, `database.unreachable`, `database.busy`, `database.refused`,
 *   `warehouse.unreachable`, `warehouse.refused`
 */
export abstract class WarehouseTables {
  /**
   * Writes all rows, or none. Memory stays flat in the number of rows, besides runs of ids.
   *
   * @throws PenstockError `rows.empty`; `rows.rejected` and `rows.conflict` with faults that name row and column;
   *   `idempotency-key.reused` when the key belongs to other rows or another `onConflict`, `idempotency-key.in-use` while
   *   it is being loaded; what `rows` throws, and the reason of `signal`
   */
  abstract insert(table: string, rows: AsyncIterable<Row>, options: InsertRows): Promise<InsertReceipt>;

  /**
   * A page of rows in a fixed order, ties in that of ids; nulls come last. Rows that come meanwhile do not move others. A page
   * ends before `limit`, with `next`, where its rows would be larger than `MAX_PAGE_BYTES`; it has one row at least.
   *
   * @throws PenstockError `cursor.invalid` where the selection begins behind a row that is no longer what it was
   */
  abstract list(selection: RowSelection, limit: number): Promise<RowPage>;

  /**
   * The rows that are selected, streamed as they were at one moment, with flat memory however large they are. Its work ends when
   * it is no longer read.
   *
   * @throws PenstockError `cursor.invalid` as `list`, and the reason of `signal`
   */
  abstract stream(selection: RowSelection, options?: StreamRows): AsyncIterable<Row>;
}

/** The tables of every engine, as the application holds them. */
export class WarehouseEngines {
  constructor(private readonly engines: Readonly<Record<WarehouseEngine, WarehouseTables>>) {}

  of(engine: WarehouseEngine): WarehouseTables {
    return this.engines[engine];
  }
}
