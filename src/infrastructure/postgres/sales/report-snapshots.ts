import type { PoolClient } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import type { ReportRequest } from '../../../domain/ports/sales-reports.port.js';
import { ALL_DAYS, type DaySpan } from '../../../domain/sales-reporting/calendar.js';
import { intersection, joined, wholeMonths } from '../../../domain/sales-reporting/day-spans.js';
import type { PostgresPool } from '../postgres-pool.js';
import { reportFailure } from './report-failures.js';
import type { ReportPlace } from './report-parts.js';
import { quoteName, requireShape } from './sales-table.js';
import { type TableTotals, totalsState } from './totals-state.js';

/** How long a report waits for somebody who changes the table itself. */
const LOCK_WAIT_MS = 5000;
/** A reader that takes its rows more slowly than this is given up: its snapshot keeps dead rows from being removed. */
const LONGEST_READING_MS = 15 * 60_000;

/** One moment of the database, for one report. */
export interface Snapshot {
  readonly client: PoolClient;
  readonly place: ReportPlace;
  readonly totals: TableTotals;
  /** Months of the range that are read from their rows. */
  readonly unknown: readonly DaySpan[];
  readonly close: () => void;
}

/** Opens read-only transactions in which every statement sees the same moment. */
export class ReportSnapshots {
  constructor(
    private readonly pool: PostgresPool,
    private readonly longestMs: number = LONGEST_READING_MS,
  ) {}

  /**
   * The moment, if `isEnough` says that what is known of it will do; otherwise a later one in which the table stays what
   * it is. Truncating or detaching takes rows away from snapshots as well, so reading rows beside totals needs the lock.
   */
  async open(request: ReportRequest, needsRows: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
    const first = await this.begin(request, false);
    if (!needsRows(first)) return first;
    first.close();
    return this.begin(request, true);
  }

  private async begin(request: ReportRequest, isLocked: boolean): Promise<Snapshot> {
    const { client, close } = await this.transaction();
    try {
      await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      if (isLocked) await client.query(lockStatement(request));
      const totals = await totalsState(client, request.table, request.range);
      if (totals.tableId === undefined) await requireShape(client, request.table, totals.relation);
      const unknown = request.fromRows === true ? [ALL_DAYS] : joined(totals.unknown.map(wholeMonths));
      return {
        client,
        close,
        totals,
        unknown: unknown.flatMap((span) => intersection(span, request.range)),
        place: { table: quoteName(request.table), tableId: totals.tableId },
      };
    } catch (error) {
      close();
      throw reportFailure(error, request.table);
    }
  }

  /** A transaction that lasts until it is closed, and not forever. */
  private transaction(): Promise<{ client: PoolClient; close: () => void }> {
    return new Promise((resolve, reject) => {
      const work = (client: PoolClient): Promise<void> =>
        new Promise((done, fail) => {
          const timer = setTimeout(() => fail(tooSlow(this.longestMs)), this.longestMs);
          const close = (): void => {
            clearTimeout(timer);
            done();
          };
          resolve({ client, close });
        });
      this.pool.transaction(work).catch(reject); // after it began, whoever reads hears of it from the statements
    });
  }
}

/** Locks take no snapshot, so that what is read afterwards is of a moment at which they are held. */
function lockStatement({ table }: ReportRequest): string {
  return `SET LOCAL lock_timeout = ${LOCK_WAIT_MS}; LOCK TABLE ${quoteName(table)} IN ACCESS SHARE MODE`;
}

function tooSlow(longestMs: number): PenstockError {
  return new PenstockError('query.timeout', `The report was not read within ${longestMs / 60_000} minutes.`);
}
