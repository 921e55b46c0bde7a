import { ALL_DAYS, type DaySpan, isDay, addDays } from '../../../domain/sales-reporting/calendar.js';
import { intersection } from '../../../domain/sales-reporting/day-spans.js';
import type { QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
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
  /** Days of the months at both ends of the range that have totals of their own, or never had a row. */
  readonly cachedDays: ReadonlySet<string>;
}

interface StateRow {
  readonly relation: number;
  readonly table_id: number | null;
  readonly part_key: string | null;
  readonly mismatches: Mismatch[] | null;
  readonly changes: string;
  readonly unfolded: string;
  readonly cached_days: string[] | null;
}

const STATE = `
  WITH place AS (
    SELECT c.oid AS relation, t.id, pg_get_partkeydef(c.oid) AS part_key
    FROM pg_class c LEFT JOIN penstock.sales_table t ON t.relation = c.oid
    WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p')
  ),
  tree AS (SELECT l.* FROM place, penstock.sales_leaves(place.relation, place.id) AS l WHERE place.id IS NOT NULL),
  known AS (SELECT f.* FROM place JOIN penstock.sales_leaf f ON f.table_id = place.id),
  leaves AS (SELECT * FROM tree WHERE is_leaf),
  mismatch AS (
    SELECT leaves.bound, known.from_day, known.to_day, coalesce(leaves.is_watched, true) AS curable
    FROM leaves FULL JOIN known ON known.leaf = leaves.relation
    WHERE known.leaf IS NULL OR leaves.relation IS NULL OR NOT leaves.is_watched
       OR (known.filenode, known.bound) <> (leaves.filenode, leaves.bound)
    UNION ALL
    SELECT '', NULL, NULL, false FROM tree WHERE NOT is_leaf AND NOT is_watched
    UNION ALL
    SELECT NULL, s.from_day, s.to_day, true FROM place JOIN penstock.sales_stale s ON s.table_id = place.id
  ),
  edge AS (
    SELECT edge_day::date AS day, coalesce(d.changes, 0) + (SELECT count(*) FROM penstock.sales_delta a
      WHERE a.table_id = place.id AND a.period = edge_day AND a.product_id IS NULL) AS changes
    FROM place
      CROSS JOIN (SELECT date_trunc('month', $2::timestamp) UNION SELECT date_trunc('month', $3::timestamp)) AS e (month)
      CROSS JOIN generate_series(e.month, e.month + interval '1 month - 1 day', interval '1 day') AS edge_day
      LEFT JOIN penstock.sales_day d ON d.table_id = place.id AND d.day = edge_day
    WHERE place.id IS NOT NULL
  )
  SELECT place.relation, place.id AS table_id, place.part_key,
    (SELECT json_agg(json_build_object('bound', m.bound, 'from', m.from_day, 'to', m.to_day, 'curable', m.curable))
     FROM mismatch m) AS mismatches,
    (SELECT coalesce(sum(d.changes), 0) FROM penstock.sales_day d WHERE d.table_id = place.id AND d.day BETWEEN $2 AND $3)
      + (SELECT count(*) FROM penstock.sales_delta a
         WHERE a.table_id = place.id AND a.product_id IS NULL AND a.period BETWEEN $2 AND $3) AS changes,
    (SELECT count(*) FROM penstock.sales_delta a WHERE a.table_id = place.id) AS unfolded,
    (SELECT array_agg(edge.day::text) FROM edge LEFT JOIN penstock.sales_cached_day k
       ON k.table_id = place.id AND k.day = edge.day
     WHERE edge.changes = coalesce(k.changes, 0)) AS cached_days
  FROM place`;

/** @throws PenstockError `table.unknown` */
export async function totalsState(on: Queryable, name: QualifiedName, range: DaySpan): Promise<TableTotals> {
  const { rows } = await on.query<StateRow>(STATE, [quoteName(name), range.from, range.to]);
  const [row] = rows;
  if (row === undefined) throw unknownTable(name);
  const isByDay = row.part_key === 'RANGE (sales_date)';
  const mismatches = row.mismatches ?? [];
  return {
    relation: row.relation,
    tableId: row.table_id ?? undefined,
    unknown: row.table_id === null ? [ALL_DAYS] : mismatches.flatMap((each) => spansOf(each, isByDay)),
    curable: mismatches.filter(({ curable }) => curable).flatMap((each) => spansOf(each, isByDay)),
    changes: row.changes,
    unfolded: Number(row.unfolded),
    cachedDays: new Set(row.cached_days),
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
