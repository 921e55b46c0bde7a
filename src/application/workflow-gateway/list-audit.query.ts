import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { type AuditFilter, QueryAudit, type StoredAuditEntry } from '../../domain/ports/query-audit.port.js';
import { decodeCursor, encodeCursor } from '../../domain/shared/cursor.js';

/** A record of the audit, for people and programs. */
export interface AuditView extends Omit<StoredAuditEntry, 'recordedAtMs' | 'isDryRun'> {
  readonly recordedAt: string;
  readonly dryRun: boolean;
}

export interface AuditList {
  readonly entries: readonly AuditView[];
  /** Of the next page; left out on the last one. */
  readonly next?: string;
}

export const DEFAULT_AUDIT_LIMIT = 100;

/** Who ran what through the guard, newest first. */
export class ListAuditQuery extends Query<AuditList> {
  constructor(
    readonly filter: Omit<AuditFilter, 'limit' | 'before'> & { readonly limit?: number; readonly cursor?: string },
  ) {
    super();
  }
}

@QueryHandler(ListAuditQuery)
export class ListAuditHandler implements IQueryHandler<ListAuditQuery> {
  constructor(private readonly audit: QueryAudit) {}

  async execute({ filter: { cursor, limit = DEFAULT_AUDIT_LIMIT, ...filter } }: ListAuditQuery): Promise<AuditList> {
    const before = cursor === undefined ? {} : { before: recordAt(cursor) };
    const { entries, next } = await this.audit.list({ ...filter, ...before, limit });
    return { entries: entries.map(view), ...(next !== undefined && { next: encodeCursor(next) }) };
  }
}

function recordAt(cursor: string): string {
  const place = decodeCursor(cursor);
  if (/^\d{1,18}$/.test(place)) return place;
  throw new PenstockError('cursor.invalid', 'The cursor is not one of the audit.');
}

function view({ recordedAtMs, isDryRun, ...entry }: StoredAuditEntry): AuditView {
  return { ...entry, recordedAt: new Date(recordedAtMs).toISOString(), dryRun: isDryRun };
}
