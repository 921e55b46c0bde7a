import type { AuditEntry, AuditOutcome } from '../workflow-gateway/audit-entry.js';
import type { GuardedEngine, StatementMode } from '../workflow-gateway/guarded-statement.js';

/** A record as it is kept; `id` grows with time and is the cursor. */
export interface StoredAuditEntry extends Omit<AuditEntry, 'code'> {
  readonly id: string;
  readonly recordedAtMs: number;
  readonly code?: string;
}

export interface AuditFilter {
  readonly caller?: string;
  readonly engine?: GuardedEngine;
  readonly mode?: StatementMode;
  readonly outcome?: AuditOutcome;
  readonly sha256?: string;
  readonly requestId?: string;
  /** Recorded at this time or later. */
  readonly fromMs?: number;
  /** Recorded before this time. */
  readonly toMs?: number;
  /** Only records older than this one. */
  readonly before?: string;
  readonly limit: number;
}

export interface AuditPage {
  readonly entries: readonly StoredAuditEntry[];
  /** Pass as `before` for the next page; undefined at the end. */
  readonly next?: string;
}

/**
 * Who ran what. Records are added and read, never changed or removed, not by the service either. Every adapter passes
 * test/contracts/query-audit.contract.ts against a real engine.
 */
export abstract class QueryAudit {
  /** Durable once it answers. @throws PenstockError `audit.unwritten` */
  abstract record(entry: AuditEntry): Promise<void>;

  /** Newest first. @throws PenstockError `database.unreachable` */
  abstract list(filter: AuditFilter): Promise<AuditPage>;
}
