import type { QueryResultRow } from 'pg';
import type { BreakdownRequest, ReportRequest } from '../../../domain/ports/sales-reports.port.js';
import type { Day } from '../../../domain/sales-reporting/calendar.js';
import { cutDays } from '../../../domain/sales-reporting/plan-report.js';
import type { PostgresPool } from '../postgres-pool.js';
import { reportFailure } from './report-failures.js';
import { quoteName } from './sales-table.js';
import { type StateRow, type TableTotals, totalsOf } from './totals-state.js';

/** An answer from totals alone, and what was known of them when it was made. */
export interface QuickAnswer<R> {
  readonly totals: TableTotals;
  readonly records: readonly R[];
  /** Days whose totals so far would have made it faster. */
  readonly missing: readonly Day[];
}

type AnswerRow<R> = StateRow &
  QueryResultRow & { readonly answer: readonly R[] | null; readonly missing: Day[] | null };

/** Prepared by its name, since planning it takes as long as answering. */
interface QuickStatement {
  readonly name: string;
  readonly sql: string;
}

/** What is known of the table and the answer in one statement, which sees one moment, without a transaction around it. */
function statementOf(name: string, call: string): QuickStatement {
  const sql = `
    SELECT c.oid AS relation, s.*, quick.answer, quick.missing::text[]
    FROM pg_class c CROSS JOIN LATERAL penstock.sales_state(c.oid, $2::date, $3::date) AS s
      LEFT JOIN LATERAL (
        SELECT * FROM ${call} WHERE s.table_id IS NOT NULL AND s.mismatches IS NULL
      ) AS quick (answer, missing) ON true
    WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p')`;
  return { name, sql };
}

const SUMMARY = statementOf(
  'penstock_sales_summary',
  `(SELECT coalesce(penstock.sales_summary(s.table_id, $2::date, $3::date), '[]'), NULL::date[]) AS answer`,
);
const TOP = statementOf(
  'penstock_sales_top',
  'penstock.sales_top(s.table_id, $2::date, $3::date, $4::int, $5::int) AS answer',
);
const BREAKDOWN = statementOf(
  'penstock_sales_breakdown',
  `(SELECT coalesce(penstock.sales_breakdown(s.table_id, $2::date, $3::date, $4, $5, $6::bigint), '[]'), NULL::date[])
   AS answer`,
);

/** Answers of reports that need no rows: none where they do, or where no totals are known. */
export class QuickAnswers {
  constructor(private readonly pool: PostgresPool) {}

  summary<R>(request: ReportRequest): Promise<QuickAnswer<R> | undefined> {
    return this.#ask(request, SUMMARY, []);
  }

  top<R extends { readonly revenue: string }>(
    request: ReportRequest,
    { rank, limit }: { readonly rank: number; readonly limit: number },
  ): Promise<QuickAnswer<R> | undefined> {
    return this.#ask<R>(request, TOP, [rank, limit]).then((found) =>
      // Where something is no number, taking away what was before is none either; the highest are the first to show it.
      found?.records.some(({ revenue }) => revenue === 'NaN') === true ? undefined : found,
    );
  }

  /** Of one product, in whole months. */
  async breakdown<R>(request: BreakdownRequest, limit: number): Promise<QuickAnswer<R> | undefined> {
    const { product, region, after, range } = request;
    if (product === undefined || after !== undefined || cutDays(range).length > 0) return undefined;
    return this.#ask(request, BREAKDOWN, [product, region ?? null, limit]);
  }

  async #ask<R>(
    request: ReportRequest,
    { name, sql }: QuickStatement,
    more: unknown[],
  ): Promise<QuickAnswer<R> | undefined> {
    const { table, range, fromRows } = request;
    if (fromRows === true) return undefined;
    try {
      const { rows } = await this.pool.query<AnswerRow<R>>(
        sql,
        [quoteName(table), range.from, range.to, ...more],
        name,
      );
      const [row] = rows;
      if (row === undefined || row.answer === null) return undefined;
      return { totals: totalsOf(row), records: row.answer, missing: row.missing ?? [] };
    } catch (error) {
      throw reportFailure(error, table);
    }
  }
}
