import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SalesRollups1700000000015 } from './0015-sales-rollups.js';
import { CHANGED, DELTAS, FOLD, LEAVES } from './0047-sales-deltas.js';
import { BREAKDOWN, SUMMARY, TOP } from './0047-sales-answers.js';

/**
 * Totals of products since the beginning of a month or a year, so that any range is a sum and a difference of a few of them;
 * each report in one statement, with what is known of the table; and a COPY that appends what it wrote without adding it up
 * first. docs/decisions/0047-totals-so-far.md tells why.
 */
export class SalesSoFar1700000000047 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const statements = [DELTAS, FOLD, CHANGED, ...LEAVES, ...SO_FAR, CHANGES, UNTIL, ...STATE, SUMMARY, TOP, BREAKDOWN];
    for (const statement of statements) await runner.query(statement);
  }

  /** Totals are forgotten, and their triggers with them: the next report has them kept anew, in their former form. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION penstock.sales_changed() CASCADE');
    await runner.query(`DROP FUNCTION penstock.sales_breakdown(int, date, date, text, text, bigint),
      penstock.sales_top(int, date, date, int, int), penstock.sales_summary(int, date, date),
      penstock.sales_until(int, date), penstock.sales_changes(int, date, date), penstock.sales_watch(oid, int),
      penstock.sales_unwatch(oid, int), penstock.sales_fold(int), penstock.sales_state(oid, date, date),
      penstock.sales_leaves(oid, int)`);
    await runner.query('DROP SEQUENCE penstock.sales_unfolded');
    await runner.query(`DROP TABLE penstock.sales_so_far_product, penstock.sales_so_far, penstock.sales_cell,
      penstock.sales_day, penstock.sales_day_delta, penstock.sales_cell_delta, penstock.sales_stale, penstock.sales_leaf,
      penstock.sales_table`);
    await new SalesRollups1700000000015().up(runner);
  }
}

const SO_FAR = [
  `DELETE FROM penstock.sales_cell WHERE grain = 'd'`,
  'DROP TABLE penstock.sales_cached_day',
  // Of a month up to a day; at the end of a month, of the year up to there. With more changes since, it is out of date.
  `CREATE TABLE penstock.sales_so_far (
    table_id int NOT NULL REFERENCES penstock.sales_table ON DELETE CASCADE,
    day      date NOT NULL,
    changes  bigint NOT NULL,
    kept_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (table_id, day)
  )`,
  // Without a foreign key: it is written by whole days, beside the row above.
  `CREATE TABLE penstock.sales_so_far_product (
    table_id     int NOT NULL,
    day          date NOT NULL,
    product_id   bigint NOT NULL,
    product_name text COLLATE "C" NOT NULL,
    revenue      numeric NOT NULL,
    row_count    bigint NOT NULL
  )`,
  'CREATE INDEX sales_so_far_product_by_day ON penstock.sales_so_far_product (table_id, day)',
];

/** How often the days of a span have changed. */
const CHANGES = `
  CREATE FUNCTION penstock.sales_changes(target int, first_day date, last_day date) RETURNS bigint
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = 'force_generic_plan'
  SET enable_seqscan = 'off' AS $$
  BEGIN
    RETURN (SELECT coalesce(sum(d.changes), 0) FROM penstock.sales_day d
            WHERE d.table_id = target AND d.day BETWEEN first_day AND last_day)
      + (SELECT count(*) FROM penstock.sales_day_delta a
         WHERE a.table_id = target AND a.day BETWEEN first_day AND last_day);
  END $$`;

/**
 * Which kept totals (of a day, or none) hold from the beginning of the month until which day, the point at the most; at the
 * end of a month, from the beginning of the year. Changes are never taken back, so an equal count proves that nothing changed.
 */
const UNTIL = `
  CREATE FUNCTION penstock.sales_until(target int, point date, OUT kept date, OUT up_to date)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = 'force_generic_plan'
  SET enable_seqscan = 'off' AS $$
  DECLARE
    is_end boolean := extract(day FROM point + 1) = 1;
    start  date := date_trunc(CASE WHEN is_end THEN 'year' ELSE 'month' END, point::timestamp)::date;
    total  bigint := penstock.sales_changes(target, start, point);
    known  record;
  BEGIN
    IF total = 0 THEN
      up_to := point;
      RETURN;
    END IF;
    FOR known IN
      SELECT s.day, s.changes FROM penstock.sales_so_far s WHERE s.table_id = target AND s.day BETWEEN start AND point
      AND (extract(day FROM s.day + 1) = 1) = is_end ORDER BY s.day DESC
    LOOP
      IF known.changes = total OR known.changes = penstock.sales_changes(target, start, known.day) THEN
        kept := known.day;
        up_to := CASE known.changes WHEN total THEN point ELSE known.day END;
        RETURN;
      END IF;
    END LOOP;
  END $$`;

/**
 * What is known of a table, for a report of some days: which of its days are not (`mismatches`), how often the days of the
 * range have changed, whether much is not folded yet, and what is kept for the days at which the range cuts months.
 */
const STATE = [
  'DROP FUNCTION penstock.sales_state(oid, date, date)',
  `CREATE FUNCTION penstock.sales_state(place oid, first_day date, last_day date)
  RETURNS TABLE (table_id int, part_key text, mismatches json, changes bigint, unfolded bigint, points json)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' SET jit = 'off'
  SET plan_cache_mode = 'force_generic_plan' AS $$
  #variable_conflict use_column
  DECLARE
    target int := (SELECT t.id FROM penstock.sales_table t WHERE t.relation = place);
    cuts   date[] := '{}';
  BEGIN
    IF target IS NULL THEN
      RETURN QUERY SELECT NULL::int, pg_get_partkeydef(place), NULL::json, 0::bigint, 0::bigint, NULL::json;
      RETURN;
    END IF;
    IF extract(day FROM first_day) <> 1 THEN cuts := cuts || first_day - 1; END IF;
    IF extract(day FROM last_day + 1) <> 1 THEN cuts := cuts || last_day; END IF;
    RETURN QUERY
    WITH tree AS (SELECT * FROM penstock.sales_leaves(place, target)),
    known AS (SELECT * FROM penstock.sales_leaf f WHERE f.table_id = target),
    mismatch AS (
      SELECT CASE WHEN l.relation IS NOT NULL THEN coalesce((
               SELECT '/' || pg_get_expr(c.relpartbound, c.oid) FROM pg_class c WHERE c.oid = l.top), '') END AS bound,
             k.from_day, k.to_day, coalesce(l.is_watched, true) AS curable
      FROM (SELECT * FROM tree WHERE tree.is_leaf) AS l FULL JOIN known AS k ON k.leaf = l.relation
      WHERE k.leaf IS NULL OR l.relation IS NULL OR NOT l.is_watched OR (k.filenode, k.bound) <> (l.filenode, l.bound)
      UNION ALL
      SELECT '', NULL, NULL, false FROM tree WHERE NOT tree.is_leaf AND NOT tree.is_watched
      UNION ALL
      SELECT NULL, s.from_day, s.to_day, true FROM penstock.sales_stale s WHERE s.table_id = target
    )
    SELECT target, pg_get_partkeydef(place),
      (SELECT json_agg(json_build_object('bound', m.bound, 'from', m.from_day, 'to', m.to_day, 'curable', m.curable))
       FROM mismatch m),
      penstock.sales_changes(target, first_day, last_day),
      -- By their days: rows that were folded are dead until the next vacuum, and would be passed one by one.
      (SELECT coalesce(sum(abs(a.row_count)), 0)::bigint FROM penstock.sales_day_delta a WHERE a.table_id = target),
      (SELECT json_agg(json_build_object('day', cut.day, 'kept', u.kept, 'upTo', u.up_to))
       FROM unnest(cuts) AS cut (day) CROSS JOIN LATERAL penstock.sales_until(target, cut.day) AS u);
  END $$`,
];
