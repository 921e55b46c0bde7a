import { parseRejectLimit } from './reject-limit.js';

/** What somebody asks to import from the bucket; JSON, because it is kept with the job. */
export interface ImportOrder {
  readonly table: string;
  /** The object that is imported. */
  readonly key: string;
  /** What the file is called. */
  readonly source: string;
  /** Whether the object was stored for this import alone, and goes with it. */
  readonly isUploaded: boolean;
  /** Text of a schema file. */
  readonly schema?: string;
  readonly errorTable?: string;
  /** `100` or `2.5%`. */
  readonly rejectLimit?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly createPartitions?: boolean;
  readonly delimiter?: string;
}

/** The kind of the jobs that do it. */
export const IMPORT_JOB = 'csv-import';
/** Where uploads wait for their import. */
export const UPLOAD_PREFIX = 'imports/';

const MAX_NAME_CHARS = 100;

/** A name that is harmless in keys of objects and in headers. */
export function safeFileName(name: string | undefined): string {
  const last = (name ?? '').split(/[/\\]/).at(-1) ?? '';
  const safe = last
    .replaceAll(/[^\w.-]/g, '_')
    .replace(/^\.+/, '')
    .slice(-MAX_NAME_CHARS);
  return safe === '' ? 'upload.csv' : safe;
}

/** @throws PenstockError `request.invalid` */
export function checkOrder({ rejectLimit }: Pick<ImportOrder, 'rejectLimit'>): void {
  if (rejectLimit !== undefined) parseRejectLimit(rejectLimit);
}
