import type { ImportRecord, ImportState } from '../../../domain/ports/warehouse-imports.port.js';

/** An import, for people and programs. */
export interface ImportView {
  readonly id: string;
  readonly table: string;
  readonly source: string;
  readonly state: ImportState;
  readonly rows: number;
  readonly imported: number;
  readonly rejected: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly errorTable?: string;
  readonly reason?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
}

export function importView({ startedAtMs, finishedAtMs, ...record }: ImportRecord): ImportView {
  return {
    id: record.id,
    table: record.table,
    source: record.source,
    state: record.state,
    rows: record.rows,
    imported: record.imported,
    rejected: record.rejected,
    bytes: record.bytes,
    sha256: record.sha256,
    ...(record.errorTable !== undefined && { errorTable: record.errorTable }),
    ...(record.reason !== undefined && { reason: record.reason }),
    startedAt: new Date(startedAtMs).toISOString(),
    finishedAt: new Date(finishedAtMs).toISOString(),
    durationMs: finishedAtMs - startedAtMs,
  };
}
