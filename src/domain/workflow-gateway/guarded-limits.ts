/** The named limits of guarded SQL, from the settings. */
export abstract class GuardedLimits {
  /** Longest time of one statement, and what a caller gets who names none. */
  abstract readonly timeoutMs: number;
  /** Most rows of one answer. */
  abstract readonly maxRows: number;
  /** Largest answer, in bytes of its values. */
  abstract readonly maxBytes: number;
  /** Statements of one key that run at once … */
  abstract readonly perKey: number;
  /** … and those that may wait for their turn … */
  abstract readonly queue: number;
  /** … for this long. */
  abstract readonly queueMs: number;
  /** Statements that run at once on PostgreSQL, of all keys. */
  abstract readonly postgresConcurrency: number;
  /** Statements that run at once on ClickHouse, of all keys. */
  abstract readonly clickhouseConcurrency: number;
}

/** Rows of an answer for which no number was asked. */
export const DEFAULT_MAX_ROWS = 1000;
/** A longer statement is refused before anybody reads it. */
export const MAX_STATEMENT_CHARACTERS = 100_000;
export const MAX_PARAMETERS = 1000;
