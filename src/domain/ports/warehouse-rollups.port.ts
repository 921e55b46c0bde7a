import type { TableName } from '../shared/table-name.js';

export interface MinuteRollup {
  readonly source: TableName;
  /** A timestamp column of the source. */
  readonly timeColumn: string;
  /** Counted apart for each of its values. */
  readonly groupColumn: string;
  /** The view to read: columns `minute`, the group column, `events`. */
  readonly view: TableName;
}

/** Aggregates that the warehouse keeps up to date by itself, with every insert into their source. */
export abstract class WarehouseRollups {
  /**
   * Counts rows per minute from now on; what is in the source already is not counted, so create it before the first row.
   * An existing rollup of the name stays as it is.
   *
   * @throws PenstockError `table.unknown`, `schema.invalid`, `warehouse.unreachable`
   */
  abstract ensurePerMinute(rollup: MinuteRollup): Promise<void>;
}
