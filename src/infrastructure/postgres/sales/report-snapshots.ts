import type { PoolClient } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import type { ReportRequest } from '../../../domain/ports/sales-reports.port.js';
import { ALL_DAYS, type DaySpan } from '../../../domain/sales-reporting/calendar.js';
import { intersection, joined, wholeMonths } from '../../../domain/sales-reporting/day-spans.js';
import type { QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import type { PostgresPool, Session } from '../postgres-pool.js';
import { reportFailure } from './report-failures.js';
import type { ReportPlace } from './report-parts.js';
import { quoteName, requireShape } from './sales-table.js';
import { type TableTotals, totalsState } from './totals-state.js';

/** How long a report waits for somebody who changes the table itself. */
const LOCK_WAIT_MS = 5000;

/** One moment of the database, for one report. */
export interface Snapshot {
  readonly client: PoolClient;
  readonly place: ReportPlace;
  readonly totals: TableTotals;
  /** Days of the range that are read from their rows, by month. */
  readonly unknown: readonly DaySpan[];
}

/** One that lasts until it is closed. */
export interface OpenSnapshot extends Snapshot {
  /** What has to be thrown instead of what a statement threw. */
  readonly translate: (cause: unknown) => unknown;
  readonly close: () => void;
}

/** Whether a report reads rows beside totals, or instead of them. */
type NeedsRows = (snapshot: Snapshot) => boolean;

/**
 * Read-only transactions in which every statement sees the same moment. Truncating or detaching takes rows away from such
 * a moment as well, so a report that reads rows does so at a later one, in which the table is kept as it is.
 */
export class ReportSnapshots {
  constructor(private readonly pool: PostgresPool) {}

  /** For what one call reads. */
  async within<T>(request: ReportRequest, needsRows: NeedsRows, read: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    try {
      const first = await this.pool.transaction(async (client) => {
        const snapshot = await moment(client, request, false);
        return needsRows(snapshot) ? undefined : { value: await read(snapshot) };
      });
      if (first !== undefined) return first.value;
      return await this.pool.transaction(async (client) => read(await moment(client, request, true)));
    } catch (error) {
      throw reportFailure(error, request.table);
    }
  }

  /** For what is read on and on, for `limits.longestMs` at most: a moment keeps dead rows from being removed. */
  async open(
    request: ReportRequest,
    needsRows: NeedsRows,
    limits: { readonly statementTimeoutMs: number; readonly longestMs: number },
  ): Promise<OpenSnapshot> {
    const session = await this.pool.openSession({
      statementTimeoutMs: limits.statementTimeoutMs,
      signal: AbortSignal.timeout(limits.longestMs),
    });
    const { client } = session;
    try {
      await client.query('BEGIN');
      let snapshot = await moment(client, request, false);
      if (needsRows(snapshot)) {
        await client.query('ROLLBACK; BEGIN');
        snapshot = await moment(client, request, true);
      }
      return { ...snapshot, translate: (cause) => translate(session, cause, request.table), close: closing(session) };
    } catch (error) {
      session.close();
      throw translate(session, error, request.table);
    }
  }
}

/** A session is closed once, however often its snapshot is. */
function closing(session: Session): () => void {
  let isOpen = true;
  return () => {
    if (!isOpen) return;
    isOpen = false;
    // Nothing was written; ending the transaction spares the pool a new connection.
    session.client.query('COMMIT').then(
      () => session.close(),
      () => session.close(),
    );
  };
}

async function moment(client: PoolClient, request: ReportRequest, isLocked: boolean): Promise<Snapshot> {
  const { table, range, fromRows } = request;
  await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  if (isLocked) await client.query(lockStatement(table));
  const totals = await totalsState(client, table, range);
  if (totals.tableId === undefined) await requireShape(client, table, totals.relation);
  const unknown = fromRows === true ? [ALL_DAYS] : joined(totals.unknown.map(wholeMonths));
  return {
    client,
    totals,
    unknown: unknown.flatMap((span) => intersection(span, range)),
    place: { table: quoteName(table), tableId: totals.tableId },
  };
}

/** Locks take no snapshot, so that what is read afterwards is of a moment at which they are held. */
function lockStatement(table: QualifiedName): string {
  return `SET LOCAL lock_timeout = ${LOCK_WAIT_MS}; LOCK TABLE ${quoteName(table)} IN ACCESS SHARE MODE`;
}

function translate(session: Session, cause: unknown, table: QualifiedName): unknown {
  const failure = session.translate(cause);
  const isLate = failure instanceof DOMException && failure.name === 'TimeoutError';
  return isLate
    ? new PenstockError('query.timeout', 'The report was read too slowly.', { cause })
    : reportFailure(failure, table);
}
