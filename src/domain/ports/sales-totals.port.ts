import type { Day, DaySpan } from '../sales-reporting/calendar.js';
import type { QualifiedName } from '../sales-reporting/qualified-name.js';

/** How the totals of a table stand. */
export interface TotalsState {
  readonly table: string;
  readonly isEnabled: boolean;
  /** Days that are read from their rows, until a rebuild. */
  readonly unknown: readonly DaySpan[];
  /** Appended and not added up yet. */
  readonly unfolded: number;
  readonly cachedDays: number;
}

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

  /** Makes unknown days known from their rows, beside readers and writers. Nothing where the table is not enabled. */
  abstract rebuild(table: QualifiedName): Promise<UpkeepOutcome>;

  /** Adds up what was appended. */
  abstract fold(table: QualifiedName): Promise<UpkeepOutcome>;

  /** Keeps totals by product and region of single days as well; of the 400 that were kept last. */
  abstract cacheDays(table: QualifiedName, days: readonly Day[]): Promise<UpkeepOutcome>;
}
