import type { Column } from '../shared/column.js';

/** Engines that callers' statements run on. */
export const GUARDED_ENGINES = ['postgres', 'clickhouse'] as const;
export type GuardedEngine = (typeof GUARDED_ENGINES)[number];

/** `read`: nothing can be changed. `write`: rows can, in one transaction. */
export const STATEMENT_MODES = ['read', 'write'] as const;
export type StatementMode = (typeof STATEMENT_MODES)[number];

/** Values of a statement: by position (`$1`) on PostgreSQL, by name (`{name:Type}`) on ClickHouse. */
export type StatementParameters = readonly unknown[] | Readonly<Record<string, unknown>>;

/** One statement of a caller, and how far it may go. */
export interface GuardedStatement {
  readonly sql: string;
  readonly parameters: StatementParameters;
  readonly timeoutMs: number;
  readonly maxRows: number;
  readonly maxBytes: number;
  /** Rows to pass over: where a page before this one ended. */
  readonly offset: number;
  /** Aborted when nobody waits for the answer any more; the engine then stops as well. */
  readonly signal: AbortSignal;
}

/** One row as the text of a JSON object: built once, where the values are, and never parsed again on its way out. */
export type RowText = string;

/** What a statement answered, within its limits. */
export interface StatementRows {
  readonly columns: readonly Column[];
  readonly rows: readonly RowText[];
  /** There is more than `rows` holds. */
  readonly isTruncated: boolean;
  /** The rest can be had by running the statement again with an offset. */
  readonly isPageable: boolean;
}

/** What a writing statement did; its rows are those of RETURNING. */
export interface StatementEffect extends StatementRows {
  readonly affectedRows: number;
  /** Nothing of it stayed, as asked. */
  readonly isDryRun: boolean;
}
