import type { ReportPlan } from '../../../domain/sales-reporting/plan-report.js';

/** A statement that is put together piece by piece; every value is a parameter. */
export class Draft {
  readonly values: unknown[] = [];
  private id: string | undefined;

  constructor(private readonly tableId: number | undefined) {}

  value(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  /** The id the totals are kept under; a parameter only where it is used, since PostgreSQL has to find its type. */
  get table(): string {
    return (this.id ??= this.value(this.tableId ?? null));
  }
}

export interface Statement {
  readonly sql: string;
  readonly values: unknown[];
}

/** Where a report reads: the table, quoted, and the id its totals are kept under. */
export interface ReportPlace {
  readonly table: string;
  readonly tableId: number | undefined;
}

/** How one report reads each kind of total; all lists name the same columns. */
export interface PartShape {
  readonly ofMonths: string;
  readonly ofDeltas: string;
  /** Left out: the report has no use for totals so far. */
  readonly ofSoFar?: (sign: 1 | -1) => string;
  readonly ofRows: (sign: 1 | -1) => string;
  readonly groupOfRows: string;
  /** Follows the table of cells, where their regions are needed. */
  readonly cellJoin?: string;
  readonly cellFilter?: string;
  readonly filter?: string;
}

/** Everything a plan reads, as one relation of signed sums. */
export function unionOf(draft: Draft, place: ReportPlace, plan: ReportPlan, shape: PartShape): string {
  const { cellJoin = '', cellFilter = '', filter = '' } = shape;
  const between = (from: string, to: string): string => `BETWEEN ${draft.value(from)} AND ${draft.value(to)}`;
  const months = plan.months.flatMap(({ from, to }) => {
    const period = between(from, to);
    return [
      `SELECT ${shape.ofMonths} FROM penstock.sales_cell ${cellJoin}
       WHERE table_id = ${draft.table} AND grain = 'm' AND period ${period} ${cellFilter}`,
      // Where all is folded, rows that wait for a vacuum are not passed one by one.
      `SELECT ${shape.ofDeltas} FROM penstock.sales_cell_delta
       WHERE EXISTS (SELECT FROM penstock.sales_day_delta WHERE table_id = ${draft.table})
         AND table_id = ${draft.table} AND period ${period} ${filter}`,
    ];
  });
  const soFar = ([1, -1] as const).flatMap((sign) => {
    const chosen = plan.soFar.filter((each) => each.sign === sign).map(({ kept }) => kept);
    if (chosen.length === 0 || shape.ofSoFar === undefined) return [];
    return [
      `SELECT ${shape.ofSoFar(sign)} FROM penstock.sales_so_far_product
       WHERE table_id = ${draft.table} AND day = ANY (${draft.value(chosen)}::date[])`,
    ];
  });
  const rows = plan.rows.map(
    ({ from, to, sign }) => `SELECT ${shape.ofRows(sign)} FROM ${place.table}
       WHERE sales_date ${between(from, to)} ${filter} GROUP BY ${shape.groupOfRows}`,
  );
  const parts = [...months, ...soFar, ...rows];
  // Without a sale so far there is nothing to read.
  return parts.length === 0
    ? `SELECT ${shape.ofDeltas} FROM penstock.sales_cell_delta WHERE false`
    : parts.join(' UNION ALL ');
}

/** The first day of the month of a day. */
export function monthOf(day: string): string {
  return `date_trunc('month', ${day}::timestamp)::date`;
}
