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

/** How one report reads each kind of total; all four lists name the same columns. */
export interface PartShape {
  readonly ofMonths: string;
  readonly ofDeltas: string;
  readonly ofDays: (sign: 1 | -1) => string;
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
      `SELECT ${shape.ofDeltas} FROM penstock.sales_delta
       WHERE table_id = ${draft.table} AND product_id IS NOT NULL AND period ${period} ${filter}`,
    ];
  });
  const days = ([1, -1] as const).flatMap((sign) => {
    const chosen = plan.days.filter((each) => each.sign === sign).map(({ day }) => day);
    if (chosen.length === 0) return [];
    return [
      `SELECT ${shape.ofDays(sign)} FROM penstock.sales_cell ${cellJoin}
       WHERE table_id = ${draft.table} AND grain = 'd' AND period = ANY (${draft.value(chosen)}::date[]) ${cellFilter}`,
    ];
  });
  const rows = plan.rows.map(
    ({ from, to, sign }) => `SELECT ${shape.ofRows(sign)} FROM ${place.table}
       WHERE sales_date ${between(from, to)} ${filter} GROUP BY ${shape.groupOfRows}`,
  );
  return [...months, ...days, ...rows].join(' UNION ALL ');
}

/** The first day of the month of a day. */
export function monthOf(day: string): string {
  return `date_trunc('month', ${day}::timestamp)::date`;
}
