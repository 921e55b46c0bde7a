import type { DaySpan } from './calendar.js';

/** How the totals of a table stand. */
export interface TotalsState {
  readonly table: string;
  readonly isEnabled: boolean;
  /** Days that are read from their rows, until a rebuild. */
  readonly unknown: readonly DaySpan[];
  /** Appended and not added up yet. */
  readonly unfolded: number;
  /** Days with totals of their month, or year, up to them. */
  readonly daysKept: number;
}
