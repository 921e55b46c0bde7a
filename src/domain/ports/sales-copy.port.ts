import type { DaySpan } from '../sales-reporting/calendar.js';
import type { QualifiedName } from '../sales-reporting/qualified-name.js';

/** What a month adds up to; two engines that agree in this have the same rows for reports. */
export interface MonthSums {
  /** `YYYY-MM`. */
  readonly month: string;
  readonly rows: number;
  /** Exact decimal, as moneyText writes it. */
  readonly revenue: string;
  readonly quantity: string;
}

export interface SalesReading {
  /** Tab-separated values with PostgreSQL's escapes, a row a line, in the order of the replica's columns. */
  readonly rows: AsyncIterable<Uint8Array>;
  /** Of the same moment as the rows, in order. */
  readonly months: readonly MonthSums[];
  close(): void;
}

/** Where sales are copied from. */
export abstract class SalesSource {
  /**
   * Opens all rows of the days, as of one moment; the caller closes it. Only `YYYY-MM-DD` days can be told.
   *
   * @throws PenstockError `table.unknown`, `table.unsuitable`, `database.unreachable`
   */
  abstract read(table: QualifiedName, range: DaySpan): Promise<SalesReading>;
}

/** Rows that were copied and that nobody reads yet. */
export interface StagedSales {
  readonly id: string;
  readonly months: readonly MonthSums[];
}

/**
 * A second place for sales, for reports on another engine.
 *
 * @throws PenstockError `warehouse.unreachable`, `warehouse.refused`
 */
export abstract class SalesReplica {
  /** Stores rows apart from those that are read, and adds them up. A failure leaves nothing behind, sooner or later. */
  abstract stage(rows: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<StagedSales>;

  /** Months of the range become what was staged, each at once; those that were not staged become empty. */
  abstract publish(staged: StagedSales, table: QualifiedName, range: DaySpan): Promise<void>;

  /** Forgets what was staged; also after `publish`. */
  abstract discard(staged: StagedSales): Promise<void>;
}
