import type { Column } from '../shared/column.js';
import type { TableName } from '../shared/table-name.js';

export interface TableDefinition {
  readonly name: TableName;
  readonly columns: readonly Column[];
  readonly orderBy: readonly string[];
  /** Stands in the table's comment, so that a table made by a request that died can be told from a stranger's. */
  readonly connectorId: string;
}

export interface StreamTable {
  readonly uuid: string;
  /** The statement that made it. */
  readonly statement: string;
  /** Columns that can be inserted into, as the warehouse has them now. */
  readonly columns: readonly Column[];
  readonly connectorId?: string;
}

/** One batch for one insert: NDJSON, one row a line, in order. */
export interface RowBatch {
  readonly table: TableName;
  /** Same token, same table: stored once, also in dependent materialized views. */
  readonly token: string;
  readonly lines: readonly Uint8Array[];
  /** Text of fields that every row gets besides when it is stored, `"a":1,"b":2`; then no line is an empty object. */
  readonly fields?: Uint8Array;
  /** Fields without a column are left out silently instead of refused. */
  readonly skipUnknownFields: boolean;
}

/** A row the warehouse would not take: its index in the batch, a stable code, the column where known, no values. */
export interface RejectedRow {
  readonly index: number;
  readonly code: 'record.wrong-type' | 'record.unknown-field' | 'record.not-json';
  readonly column?: string;
  readonly reason: string;
}

/**
 * Tables that streams are copied into. Every adapter passes test/contracts/stream-tables.contract.ts.
 *
 * @throws PenstockError `warehouse.unreachable` (down, or too slow; the outcome of an insert is then unknown and
 * repeating it under its token is right), `warehouse.refused` (up, but this cannot succeed now: too many parts, no
 * memory, a failing view), `table.unknown`
 */
export abstract class StreamTables {
  /**
   * Creates the table; every insert into it is deduplicated by token, over the last 10,000 at least.
   *
   * @throws `table.exists`, `database.unknown`, `schema.invalid` (a type, sort key or name the warehouse refuses, in words)
   */
  abstract create(definition: TableDefinition): Promise<StreamTable>;

  /** The table as it is now, or undefined. */
  abstract find(name: TableName): Promise<StreamTable | undefined>;

  /** Adds the columns it does not have yet (nullable or with a default). @throws `schema.invalid` */
  abstract addColumns(name: TableName, columns: readonly Column[]): Promise<void>;

  /**
   * Stores all rows of the batch or none, once per token.
   *
   * @throws `rows.rejected` when at least one row does not fit the table: then nothing was stored, see `findRejected`
   */
  abstract insert(batch: RowBatch, signal: AbortSignal): Promise<void>;

  /** Which rows of a rejected batch do not fit; reads the rows as `insert` does and stores nothing. */
  abstract findRejected(batch: RowBatch, signal: AbortSignal): Promise<RejectedRow[]>;

  /** Removes the table if it still is the one with this id; used to undo a half-made connector. */
  abstract drop(name: TableName, uuid: string): Promise<void>;
}
