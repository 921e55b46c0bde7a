import type { ClientBase } from 'pg';
import type {
  ImportOutcome,
  ImportRecord,
  ImportRequest,
  ImportState,
} from '../../domain/ports/warehouse-imports.port.js';

export const RECORD_COLUMNS = `number, id, table_name, source, state, content_sha256, content_bytes, rows_read, rows_imported,
  rows_rejected, error_table, reason, started_at, finished_at`;

/** A row of `penstock.imports`; what may be large comes as text. */
export interface RecordRow {
  readonly number: string;
  readonly id: string;
  readonly table_name: string;
  readonly source: string;
  readonly state: ImportState;
  readonly content_sha256: string;
  readonly content_bytes: string;
  readonly rows_read: string;
  readonly rows_imported: string;
  readonly rows_rejected: string;
  readonly error_table: string | null;
  readonly reason: string | null;
  readonly started_at: Date;
  readonly finished_at: Date;
}

export function fromRecordRow(row: RecordRow): ImportRecord {
  return {
    id: row.id,
    table: row.table_name,
    source: row.source,
    state: row.state,
    sha256: row.content_sha256,
    bytes: Number(row.content_bytes),
    rows: Number(row.rows_read),
    imported: Number(row.rows_imported),
    rejected: Number(row.rows_rejected),
    ...(row.error_table !== null && { errorTable: row.error_table }),
    ...(row.reason !== null && { reason: row.reason }),
    startedAtMs: row.started_at.getTime(),
    finishedAtMs: row.finished_at.getTime(),
  };
}

/** What the record of an import is, or would be. */
export function recordOf(
  request: ImportRequest,
  table: string,
  { verdict, sha256, bytes, rows, imported, rejected, reason }: ImportOutcome,
  finishedAtMs: number,
): ImportRecord {
  return {
    id: request.id,
    table,
    source: request.source,
    state: verdict === 'refuse' || reason !== undefined ? 'failed' : 'succeeded',
    sha256,
    bytes,
    rows,
    imported,
    rejected,
    ...(request.errorTable !== undefined && { errorTable: request.errorTable }),
    ...(reason !== undefined && { reason }),
    startedAtMs: request.startedAtMs,
    finishedAtMs,
  };
}

export async function insertRecord(
  client: ClientBase,
  record: ImportRecord,
  { oid, isForced }: { readonly oid: number; readonly isForced: boolean },
): Promise<void> {
  await client.query(
    `INSERT INTO penstock.imports (id, table_name, table_oid, source, state, content_sha256, content_bytes, is_forced,
       rows_read, rows_imported, rows_rejected, error_table, reason, started_at, finished_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
       to_timestamp($14::double precision / 1000), to_timestamp($15::double precision / 1000))`,
    [
      record.id,
      record.table,
      oid,
      withoutZero(record.source),
      record.state,
      record.sha256,
      record.bytes,
      isForced,
      record.rows,
      record.imported,
      record.rejected,
      record.errorTable,
      record.reason,
      record.startedAtMs,
      record.finishedAtMs,
    ],
  );
}

function withoutZero(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
