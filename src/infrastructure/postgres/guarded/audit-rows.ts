import type { AuditEntry } from '../../../domain/workflow-gateway/audit-entry.js';
import type { StoredAuditEntry } from '../../../domain/ports/query-audit.port.js';
import type { WireStep } from './wire-exchange.js';

const INSERT = `
  INSERT INTO penstock.query_audit (request_id, caller, engine, mode, dry_run, statement, statement_sha256,
    parameter_types, outcome, code, row_count, duration_ms)
  SELECT "requestId", caller, engine, mode, "isDryRun", statement, sha256, "parameterTypes", outcome, code, rows, "durationMs"
  FROM pg_catalog.jsonb_to_recordset($1::jsonb) AS e("requestId" text, caller text, engine text, mode text,
    "isDryRun" boolean, statement text, sha256 text, "parameterTypes" text[], outcome text, code text, rows bigint,
    "durationMs" integer)`;

/** Adds records, all or none. */
export function insertAudit(entries: readonly AuditEntry[]): WireStep & { readonly values: readonly string[] } {
  return { text: INSERT, values: [JSON.stringify(entries)] };
}

export const AUDIT_COLUMNS = `id, recorded_at, request_id, caller, engine, mode, dry_run, statement, statement_sha256,
  parameter_types, outcome, code, row_count, duration_ms`;

/** A row of `penstock.query_audit`; numbers of 64 bits come as text. */
export interface AuditRow {
  readonly id: string;
  readonly recorded_at: Date;
  readonly request_id: string;
  readonly caller: string;
  readonly engine: StoredAuditEntry['engine'];
  readonly mode: StoredAuditEntry['mode'];
  readonly dry_run: boolean;
  readonly statement: string;
  readonly statement_sha256: string;
  readonly parameter_types: string[];
  readonly outcome: StoredAuditEntry['outcome'];
  readonly code: string | null;
  readonly row_count: string;
  readonly duration_ms: number;
}

export function auditEntry(row: AuditRow): StoredAuditEntry {
  return {
    id: row.id,
    recordedAtMs: row.recorded_at.getTime(),
    requestId: row.request_id,
    caller: row.caller,
    engine: row.engine,
    mode: row.mode,
    isDryRun: row.dry_run,
    statement: row.statement,
    sha256: row.statement_sha256,
    parameterTypes: row.parameter_types,
    outcome: row.outcome,
    ...(row.code !== null && { code: row.code }),
    rows: Number(row.row_count),
    durationMs: row.duration_ms,
  };
}
