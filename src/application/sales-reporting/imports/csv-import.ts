import type { RejectLimit } from '../../../domain/sales-reporting/reject-limit.js';

/** A file to import, wherever it lies. */
export interface CsvSource {
  /** What people know it by; recorded with the import. */
  readonly name: string;
  /** Bytes in it as it lies there, packed or not, where that is known: for progress. */
  readonly size?: number;
  /** Whether `open` can be called again, and gives the same. */
  readonly isRepeatable: boolean;
  /** The bytes; a chunk may be overwritten as soon as the next one is asked for. */
  open(): AsyncIterable<Uint8Array>;
}

/** How far an import is. */
export interface ImportProgress {
  readonly bytes: number;
  readonly totalBytes?: number;
  readonly rows: number;
  readonly rejected: number;
}

/** Where whole bad records go besides the error table, under the header of the file. */
export interface RejectedRows {
  /** Begins with the header; once more when the import begins once more. */
  begin(header: Uint8Array): Promise<void>;
  /** Records, each with its line end. */
  write(records: Uint8Array): Promise<void>;
}

/** What to import, and how. */
export interface CsvImport {
  /** A UUID; left out: a new one. */
  readonly id?: string | undefined;
  readonly table: string;
  readonly source: CsvSource;
  /** Text of a schema file; without one the first bad row ends the import. */
  readonly schema?: string | undefined;
  /** Default `validation_logs`; only with a schema. */
  readonly errorTable?: string | undefined;
  readonly rejectLimit?: RejectLimit | undefined;
  /** Import a content again that is in the table already. */
  readonly force?: boolean | undefined;
  /** Do everything, see what happens, and keep nothing. */
  readonly dryRun?: boolean | undefined;
  /** Make monthly partitions for rows that have none. */
  readonly createPartitions?: boolean | undefined;
  /** Left out: found by the header. */
  readonly delimiter?: string | undefined;
}

/** Who follows an import. */
export interface ImportFollower {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly rejected?: RejectedRows;
}
