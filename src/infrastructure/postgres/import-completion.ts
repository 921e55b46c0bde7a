import type { ClientBase } from 'pg';

/** What an import has brought in, when its last row is stored and nothing is committed yet. */
export interface LoadedRows {
  readonly importId: string;
  /** Schema and name of the table, quoted. */
  readonly table: string;
  readonly tableOid: number;
  readonly rows: number;
}

/**
 * The last step of an import before it is committed, in its transaction: whatever is kept beside a table and must be right
 * in the same moment. Rows come by COPY and INSERT into the table itself, so its triggers have run. An error undoes the
 * import.
 */
export abstract class ImportCompletion {
  abstract loaded(client: ClientBase, rows: LoadedRows): Promise<void>;
}

/** Where nothing is kept beside tables, or triggers do it. */
export class NoImportCompletion implements ImportCompletion {
  loaded(): Promise<void> {
    return Promise.resolve();
  }
}
