import type { Day } from '../sales-reporting/calendar.js';
import type { QualifiedName } from '../sales-reporting/qualified-name.js';
import type { TotalsState } from '../sales-reporting/totals-state.js';

/** `busy`: another process is at it, or a writer is in the way; nothing was changed. */
export type UpkeepOutcome = 'done' | 'nothing' | 'busy';

/**
 * Totals that are kept with the rows of a sales table, so that its reports need not read them. They follow every write by
 * themselves; what they cannot follow (a partition attached, detached, truncated or rewritten, triggers switched off)
 * makes its days unknown, and reports right all the same, until they are rebuilt.
 *
 * @throws PenstockError `table.unknown`, `database.unreachable`
 */
export abstract class SalesTotals {
  /**
   * Keeps totals from now on, of all its partitions; again, of partitions that came since. What is in the table already
   * is unknown until `rebuild`. Waits a moment for writers, not longer.
   *
   * @throws `table.unsuitable`, `table.locked` (a writer was in the way), `table.forbidden` (not the role's own table)
   */
  abstract enable(table: QualifiedName): Promise<void>;

  /** Forgets the totals; reports read rows from then on. @throws as `enable` */
  abstract disable(table: QualifiedName): Promise<void>;

  abstract state(table: QualifiedName): Promise<TotalsState>;

  /**
   * Makes unknown days known from their rows, beside readers and writers. Nothing where the table is not enabled; `busy`
   * also when the signal ended it.
   */
  abstract rebuild(table: QualifiedName, signal?: AbortSignal): Promise<UpkeepOutcome>;

  /** Adds up what was appended. */
  abstract fold(table: QualifiedName, signal?: AbortSignal): Promise<UpkeepOutcome>;

  /**
   * Keeps totals by product from the beginning of the month up to these days as well; at the end of a month, from the
   * beginning of the year. Of months with more rows than that takes, of all days; of the 2000 days that were kept last.
   */
  abstract keepSoFar(table: QualifiedName, days: readonly Day[], signal?: AbortSignal): Promise<UpkeepOutcome>;

  /** The same of all months with more rows than that takes, and of all years, where none is kept yet. */
  abstract keepAllSoFar(table: QualifiedName, signal?: AbortSignal): Promise<UpkeepOutcome>;
}
