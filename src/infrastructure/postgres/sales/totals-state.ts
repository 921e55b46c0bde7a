import { ALL_DAYS, type Day, type DaySpan, isDay, addDays } from '../../../domain/sales-reporting/calendar.js';
import { intersection } from '../../../domain/sales-reporting/day-spans.js';
import type { QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import type { SoFar } from '../../../domain/sales-reporting/plan-report.js';
import { quoteName, type Queryable, unknownTable } from './sales-table.js';

/** Why days are unknown: `bound` of a partition that is not known as it is, or from and to as they were recorded. */
interface Mismatch {
  readonly bound: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Whether rebuilding can help: not where the triggers are missing. */
  readonly curable: boolean;
}

/** What one snapshot knows of a table and its totals. */
export interface TableTotals {
  readonly relation: number;
  /** Undefined: none are kept. */
  readonly tableId: number | undefined;
  readonly unknown: readonly DaySpan[];
  /** Of the unknown days those that a rebuild makes known. */
  readonly curable: readonly DaySpan[];
  /** Grows with every change to a day of the range; meaningful where all of the range is known. */
  readonly changes: string;
  readonly unfolded: number;
  /** What is kept of the months that the range cuts, by the days at which it does. */
  readonly soFar: ReadonlyMap<Day, SoFar>;
}

/** What the function of the same name tells of a table. */
export interface StateRow {
  readonly relation: number;
  readonly table_id: number | null;
  readonly part_key: string | null;
  readonly mismatches: Mismatch[] | null;
  readonly changes: string;
  readonly unfolded: string;
  readonly points: readonly { readonly day: Day; readonly kept: Day | null; readonly upTo: Day | null }[] | null;
}

const STATE = `
  SELECT c.oid AS relation, s.*
  FROM pg_class c CROSS JOIN LATERAL penstock.sales_state(c.oid, $2::date, $3::date) AS s
  WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p')`;

/** @throws PenstockError `table.unknown` */
export async function totalsState(on: Queryable, name: QualifiedName, range: DaySpan): Promise<TableTotals> {
  const { rows } = await on.query<StateRow>(STATE, [quoteName(name), range.from, range.to]);
  const [row] = rows;
  if (row === undefined) throw unknownTable(name);
  return totalsOf(row);
}

export function totalsOf(row: StateRow): TableTotals {
  const isByDay = row.part_key === 'RANGE (sales_date)';
  const mismatches = row.mismatches ?? [];
  return {
    relation: row.relation,
    tableId: row.table_id ?? undefined,
    unknown: row.table_id === null ? [ALL_DAYS] : mismatches.flatMap((each) => spansOf(each, isByDay)),
    curable: mismatches.filter(({ curable }) => curable).flatMap((each) => spansOf(each, isByDay)),
    changes: row.changes,
    unfolded: Number(row.unfolded),
    soFar: new Map(
      row.points?.map(({ day, kept, upTo }) => [day, { kept: kept ?? undefined, upTo: upTo ?? undefined }]),
    ),
  };
}

/** Both the days it is known for and those it has now. */
function spansOf({ bound, from, to }: Mismatch, isByDay: boolean): DaySpan[] {
  const recorded = from === null || to === null ? [] : daySpan(from, to);
  return [...recorded, ...(bound === null ? [] : boundSpan(bound, isByDay))];
}

const DAYS_OF_BOUND = /^\/FOR VALUES FROM \((?:'([^']+)'|MINVALUE)\) TO \((?:'([^']+)'|MAXVALUE)\)/;

/** The days a partition may hold; all of them where its bounds are not two days. */
export function boundSpan(bound: string, isByDay: boolean): DaySpan[] {
  const found = isByDay ? DAYS_OF_BOUND.exec(bound) : null;
  return found === null ? [ALL_DAYS] : daySpan(found[1] ?? '-infinity', found[2] ?? 'infinity');
}

/** From a first day to a day that is no longer part of it. */
function daySpan(from: string, until: string): DaySpan[] {
  const first = isDay(from) ? from : ALL_DAYS.from;
  const last = isDay(until) ? addDays(until, -1) : ALL_DAYS.to;
  return intersection({ from: first, to: last }, ALL_DAYS);
}
