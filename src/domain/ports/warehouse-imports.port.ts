import type { BadRow, RowFault } from '../sales-reporting/bad-row.js';
import type { RowGroup } from '../sales-reporting/csv/row-grouping.js';
import type { ImportTable, PartitionRange, RowPlace } from '../sales-reporting/import-table.js';

/** How an import ended: `succeeded` with its rows in the table, or `failed` with none, its bad rows told all the same. */
export type ImportState = 'succeeded' | 'failed';

/** One import, as recorded. Imports that died, were cancelled or only tried leave no record. */
export interface ImportRecord {
  readonly id: string;
  readonly table: string;
  /** What the file was called; `-` for standard input. */
  readonly source: string;
  readonly state: ImportState;
  /** SHA-256 of the content, unpacked, in hexadecimal digits. */
  readonly sha256: string;
  /** Bytes of the content, unpacked. */
  readonly bytes: number;
  /** Rows in the file; imported and rejected ones together, where it was read to its end. */
  readonly rows: number;
  readonly imported: number;
  readonly rejected: number;
  /** Where its bad rows are; absent where no schema was given. */
  readonly errorTable?: string;
  /** Why it failed. */
  readonly reason?: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
}

/** What is known of an import when it begins. */
export interface ImportRequest {
  readonly id: string;
  readonly table: string;
  readonly source: string;
  /** The columns of the file, in its order. */
  readonly columns: readonly string[];
  readonly delimiter: string;
  /** Left out: bad rows are not kept. */
  readonly errorTable?: string;
  /** Whether a content that is in the table already may come again. */
  readonly isForced: boolean;
  /** Whether `load` can be run a second time, from the beginning of the file. */
  readonly isRepeatable: boolean;
  readonly startedAtMs: number;
  readonly signal?: AbortSignal;
}

/** Good rows: lines of CSV in the file's columns, each ended by LF, one after another. */
export interface RowBatch {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly rows: number;
  /** Where the partition of every row is known: all rows, those of one partition, or of one lane, one after another. */
  readonly groups?: readonly RowGroup[];
  /** The place of a row among those of its batch as the file has them; left out: the same. */
  readonly originOf?: (row: number) => number;
}

/** A row of a batch, by its place in it, that the database does not take. */
export interface RefusedRow extends RowFault {
  readonly row: number;
}

/** How the work of an import ended, and what becomes of it. */
export interface ImportOutcome {
  /** `keep` everything, `refuse` (no row lands, the bad ones and the record do), or `drop` it all, as after a trial. */
  readonly verdict: 'keep' | 'refuse' | 'drop';
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
  readonly imported: number;
  readonly rejected: number;
  readonly reason?: string;
}

/** An import on its way: one transaction, seen by nobody before it is kept. */
export interface ImportSession {
  /**
   * Stores the rows of a batch, in order; calls must not overlap, and the batch must not change before the answer. Rows
   * that the database refuses are left out and told; a trouble of another kind ends the import.
   */
  write(batch: RowBatch): Promise<readonly RefusedRow[]>;

  /** Where rows of several partitions may stay among one another: the same place for each of these partitions. */
  laneOf?(place: RowPlace): RowPlace | undefined;

  /** Keeps bad rows for the error table. */
  reject(rows: readonly BadRow[]): Promise<void>;

  /** Makes a partition that is there for all when the import is kept. @returns its name */
  createPartition(range: Omit<PartitionRange, 'name'>): Promise<string>;
}

export interface ImportListQuery {
  readonly table?: string;
  /** Of the page before. */
  readonly after?: string;
  readonly limit: number;
}

export interface ImportPage {
  readonly imports: readonly ImportRecord[];
  readonly next?: string;
}

/** A bad row, as the error table has it. */
export interface ImportError {
  readonly id: string;
  readonly importId: string;
  readonly tableName: string;
  readonly lineNumber: number;
  readonly rawRecord: string;
  readonly columnName: string | null;
  readonly value: string | null;
  readonly rule: string;
  readonly message: string;
  readonly createdAt: Date;
}

/**
 * Bulk imports into tables of the warehouse, and the record of them. Every adapter passes
 * test/contracts/warehouse-imports.contract.ts on a real engine.
 *
 * @throws PenstockError `database.unreachable`
 */
export abstract class WarehouseImports {
  /** The table as it is now. @throws PenstockError `table.unknown` */
  abstract describe(table: string): Promise<ImportTable>;

  /** An import that succeeded with content of so many bytes, or with this hash, into the table as it is (not a former one of its name). */
  abstract findEarlier(
    table: string,
    content: { readonly bytes: number; readonly sha256?: string },
  ): Promise<ImportRecord | undefined>;

  /**
   * Runs `load` in one transaction and ends it as its outcome says. Rows, bad rows, new partitions and the record of the
   * import become visible together or not at all, whatever dies meanwhile. An error of `load`, and the signal, undo it.
   * Where `load` is repeatable, what it has done may be undone and `load` be run once more, if a quicker way in turns out
   * not to be open to these rows.
   *
   * @returns the record; of a dropped import what it would have been
   * @throws PenstockError `import.duplicate` when the content is in the table already and is not forced, `import.cancelled`
   */
  abstract run(request: ImportRequest, load: (session: ImportSession) => Promise<ImportOutcome>): Promise<ImportRecord>;

  /** Newest first. */
  abstract list(query: ImportListQuery): Promise<ImportPage>;

  abstract get(id: string): Promise<ImportRecord | undefined>;

  /** Bad rows of an import in the order in which they were found, after the one with the id `after`. */
  abstract errors(
    record: ImportRecord,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<ImportError[]>;
}
