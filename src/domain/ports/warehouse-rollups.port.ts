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
   * An existing rollup of this table stays as it is; one of a table that was dropped and made anew since begins anew.
   * A batch that is inserted twice under its token is counted once.
   *
   * @throws PenstockError `table.unknown`, `schema.invalid`, `table.exists` (somebody else's, where the counts would be), `warehouse.unreachable`
   */
  abstract ensurePerMinute(rollup: MinuteRollup): Promise<void>;
}
