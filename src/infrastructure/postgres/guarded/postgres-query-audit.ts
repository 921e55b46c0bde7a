import { PenstockError } from '../../../domain/errors.js';
import type { AuditFilter, AuditPage, QueryAudit } from '../../../domain/ports/query-audit.port.js';
import type { AuditEntry } from '../../../domain/workflow-gateway/audit-entry.js';
import type { PostgresPool } from '../postgres-pool.js';
import { AUDIT_COLUMNS, auditEntry, type AuditRow, insertAudit } from './audit-rows.js';

/** Records written in one statement. */
const BATCH = 200;

interface Waiting {
  readonly entry: AuditEntry;
  readonly written: () => void;
  readonly failed: (error: PenstockError) => void;
}

/**
 * The audit in PostgreSQL, in the table `penstock.query_audit`, which refuses to be changed. Records that come while
 * others are being written go together in the next statement: many callers cost few commits, and each waits for its own.
 */
export class PostgresQueryAudit implements QueryAudit {
  private readonly waiting: Waiting[] = [];
  private isWriting = false;

  constructor(private readonly pool: PostgresPool) {}

  record(entry: AuditEntry): Promise<void> {
    return new Promise((written, failed) => {
      this.waiting.push({ entry, written, failed });
      if (!this.isWriting) void this.writeAll();
    });
  }

  async list({ limit, ...filter }: AuditFilter): Promise<AuditPage> {
    const { rows } = await this.pool.query<AuditRow>(
      `SELECT ${AUDIT_COLUMNS} FROM penstock.query_audit
       WHERE ($1::text IS NULL OR caller = $1) AND ($2::text IS NULL OR engine = $2) AND ($3::text IS NULL OR mode = $3)
         AND ($4::text IS NULL OR outcome = $4) AND ($5::text IS NULL OR statement_sha256 = $5)
         AND ($6::text IS NULL OR request_id = $6)
         AND ($7::double precision IS NULL OR recorded_at >= to_timestamp($7 / 1000))
         AND ($8::double precision IS NULL OR recorded_at < to_timestamp($8 / 1000))
         AND ($9::bigint IS NULL OR id < $9)
       ORDER BY id DESC LIMIT $10`,
      [...filterValues(filter), limit + 1],
    );
    const entries = rows.slice(0, limit).map(auditEntry);
    const next = rows.length > limit ? entries.at(-1)?.id : undefined;
    return next === undefined ? { entries } : { entries, next };
  }

  private async writeAll(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) await this.write(this.waiting.splice(0, BATCH));
    this.isWriting = false;
  }

  private async write(batch: readonly Waiting[]): Promise<void> {
    const { text, values } = insertAudit(batch.map(({ entry }) => entry));
    try {
      await this.pool.query(text, values);
      for (const { written } of batch) written();
    } catch (cause) {
      for (const { failed } of batch) failed(unwritten(cause));
    }
  }
}

function filterValues(filter: Omit<AuditFilter, 'limit'>): unknown[] {
  const { caller, engine, mode, outcome, sha256, requestId, fromMs, toMs, before } = filter;
  return [caller, engine, mode, outcome, sha256, requestId, fromMs, toMs, before].map((value) => value ?? null);
}

export function unwritten(cause: unknown): PenstockError {
  const message = 'The audit could not be written, so nothing is answered.';
  return new PenstockError('audit.unwritten', message, { cause });
}
