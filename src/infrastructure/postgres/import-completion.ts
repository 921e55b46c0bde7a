import type { ClientBase } from 'pg';

/** What an import has brought in, when its last row is stored and nothing is committed yet. */
export interface LoadedRows {
  readonly importId: string;
  /** Schema and name of the table, quoted. */
  readonly table: string;
  readonly tableOid: number;
  readonly rows: number;
  /** Partitions that were empty and are other tables now, with the rows in them: no trigger has seen these rows. */
  readonly replacedPartitions: readonly string[];
}

/**
 * The last step of an import before it is committed, in its transaction: whatever is kept beside a table and must be right
 * in the same moment. An error undoes the import.
 *
 * Rows come by COPY and INSERT into the table itself, so its triggers have run. Only where a table has no triggers, or those
 * named here alone, empty partitions may be replaced by filled ones instead: then the work of these triggers, and the
 * triggers of the new partitions, are up to `loaded`.
 */
export abstract class ImportCompletion {
  /** Functions of triggers that `loaded` stands in for, as `schema.name`. */
  abstract readonly standsInFor: readonly string[];

  abstract loaded(client: ClientBase, rows: LoadedRows): Promise<void>;

  /** Behind the commit, and not at all where the process ends before: what makes things quicker, and nothing right. Never fails. */
  abstract committed(rows: LoadedRows): Promise<void>;
}
