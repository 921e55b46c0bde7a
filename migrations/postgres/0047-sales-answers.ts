/** The part of migration 0047 that answers reports from totals alone; whoever calls knows that they are right. */

/** What every answer is made with: plans that are kept, since making one takes longer than what it is for; by indexes, analyzed or not. */
const STYLE = `LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = 'off' SET work_mem = '32MB'
  SET max_parallel_workers_per_gather = 0 SET plan_cache_mode = 'force_generic_plan' SET enable_seqscan = 'off'`;

/**
 * Whether anything was appended since it was folded. Without it, what was folded would be passed row by row: rows that were
 * deleted stay where they are until the next vacuum.
 */
const UNFOLDED = 'EXISTS (SELECT FROM penstock.sales_day_delta d WHERE d.table_id = target)';

export const SUMMARY = `
  CREATE FUNCTION penstock.sales_summary(target int, first_day date, last_day date) RETURNS json
  ${STYLE} AS $$
  BEGIN
    RETURN (
      SELECT json_agg(json_build_object('month', to_char(total.month, 'YYYY-MM'), 'revenue', total.revenue::text,
                                        'quantity', total.quantity::text) ORDER BY total.month)
      FROM (
        SELECT date_trunc('month', part.day::timestamp) AS month, sum(part.revenue) AS revenue, sum(part.quantity) AS quantity
        FROM (
          SELECT d.day, d.revenue, d.quantity, d.row_count FROM penstock.sales_day d
          WHERE d.table_id = target AND d.day BETWEEN first_day AND last_day
          UNION ALL
          SELECT a.day, a.revenue, a.quantity, a.row_count FROM penstock.sales_day_delta a
          WHERE a.table_id = target AND a.day BETWEEN first_day AND last_day
        ) AS part GROUP BY 1 HAVING sum(part.row_count) <> 0
      ) AS total
    );
  END $$`;

/**
 * The products up to a rank. A range is the totals so far at its end less those before its beginning: of the month where it
 * cuts one, and of each year; the months of a year whose totals so far are out of date are added up. Without an answer where
 * a cut month's are missing; those that would have made it faster are `missing` as well.
 */
export const TOP = `
  CREATE FUNCTION penstock.sales_top(target int, first_day date, last_day date, top_rank int, most int,
                                     OUT answer json, OUT missing date[])
  ${STYLE} AS $$
  #variable_conflict use_column
  DECLARE
    plus    date[] := '{}';
    minus   date[] := '{}';
    months  date[] := '{}';
    is_cut  boolean := extract(day FROM last_day + 1) <> 1;
    until   date := CASE WHEN is_cut THEN date_trunc('month', last_day::timestamp)::date - 1 ELSE last_day END;
    since   date := date_trunc('month', first_day::timestamp)::date;
    oldest  date;
    newest  date;
    is_kept boolean;
    here    record;
    before  record;
    opening date;
    closing date;
  BEGIN
    missing := '{}';
    IF is_cut THEN
      here := penstock.sales_until(target, last_day);
      IF here.up_to = last_day THEN plus := array_remove(plus || here.kept, NULL); ELSE missing := missing || last_day; END IF;
    END IF;
    IF first_day <> since THEN
      here := penstock.sales_until(target, first_day - 1);
      IF here.up_to = first_day - 1 THEN minus := array_remove(minus || here.kept, NULL);
      ELSE missing := missing || first_day - 1; END IF;
    END IF;
    IF missing <> '{}' THEN RETURN; END IF;
    SELECT least((SELECT min(d.day) FROM penstock.sales_day d WHERE d.table_id = target), min(a.day)),
           greatest((SELECT max(d.day) FROM penstock.sales_day d WHERE d.table_id = target), max(a.day))
    INTO oldest, newest FROM penstock.sales_day_delta a WHERE a.table_id = target;
    oldest := greatest(since, date_trunc('year', oldest::timestamp)::date);
    newest := least(until, (date_trunc('year', newest::timestamp) + interval '1 year - 1 day')::date);
    -- A date far off, by mistake: not year by year.
    IF newest - oldest > 40000 THEN RETURN; END IF;
    WHILE oldest <= newest LOOP
      opening := date_trunc('year', oldest::timestamp)::date;
      closing := least(newest, (opening + interval '1 year - 1 day')::date);
      here := penstock.sales_until(target, closing);
      is_kept := coalesce(here.up_to = closing, false);
      IF is_kept AND oldest > opening THEN
        before := penstock.sales_until(target, oldest - 1);
        is_kept := coalesce(before.up_to = oldest - 1, false);
        IF is_kept AND before.kept IS DISTINCT FROM here.kept THEN minus := array_remove(minus || before.kept, NULL); END IF;
        IF is_kept AND before.kept = here.kept THEN here.kept := NULL; END IF;
      END IF;
      IF is_kept THEN
        plus := array_remove(plus || here.kept, NULL);
      ELSE
        missing := missing || closing;
        months := months || ARRAY(SELECT m::date FROM generate_series(oldest::timestamp, closing::timestamp, '1 month') AS m);
      END IF;
      oldest := closing + 1;
    END LOOP;
    answer := (
      WITH total AS (
        SELECT part.product_id, part.product_name, sum(part.revenue) AS revenue FROM (
          SELECT p.product_id, p.product_name, p.revenue, p.row_count FROM penstock.sales_so_far_product p
          WHERE p.table_id = target AND p.day = ANY (plus)
          UNION ALL
          SELECT p.product_id, p.product_name, - p.revenue, - p.row_count FROM penstock.sales_so_far_product p
          WHERE p.table_id = target AND p.day = ANY (minus)
          UNION ALL
          SELECT c.product_id, c.product_name, c.revenue, c.row_count FROM penstock.sales_cell c
          WHERE c.table_id = target AND c.grain = 'm' AND c.period = ANY (months)
          UNION ALL
          SELECT a.product_id, a.product_name, a.revenue, a.row_count FROM penstock.sales_cell_delta a
          WHERE months <> '{}' AND ${UNFOLDED} AND a.table_id = target
            AND date_trunc('month', a.period::timestamp)::date = ANY (months)
        ) AS part GROUP BY 1, 2 HAVING sum(part.row_count) <> 0
      ),
      ranked AS (SELECT total.*, rank() OVER (ORDER BY total.revenue DESC) AS rank FROM total),
      best AS (SELECT * FROM ranked WHERE ranked.rank <= top_rank
               ORDER BY ranked.revenue DESC, ranked.product_name, ranked.product_id LIMIT most)
      SELECT json_agg(json_build_object('rank', best.rank, 'product_id', best.product_id::text,
                      'product_name', best.product_name, 'revenue', best.revenue::text)
                      ORDER BY best.revenue DESC, best.product_name, best.product_id) FROM best
    );
    answer := coalesce(answer, '[]');
  END $$`;

/** Whole months of one product, and of one region or all. */
export const BREAKDOWN = `
  CREATE FUNCTION penstock.sales_breakdown(target int, first_day date, last_day date, product text, place text, most bigint)
  RETURNS json ${STYLE} AS $$
  BEGIN
    RETURN (
      SELECT json_agg(json_build_object('month', to_char(total.month, 'YYYY-MM'), 'product_name', product,
                        'region', total.region, 'revenue', total.revenue::text, 'quantity', total.quantity::text)
                      ORDER BY total.month, total.region)
      FROM (
        SELECT date_trunc('month', part.period::timestamp) AS month, part.region, sum(part.revenue) AS revenue,
               sum(part.quantity) AS quantity
        FROM (
          SELECT c.period, r.region, r.revenue, r.quantity, r.row_count
          FROM penstock.sales_cell c, unnest(c.regions, c.revenues, c.quantities, c.row_counts)
            AS r (region, revenue, quantity, row_count)
          WHERE c.table_id = target AND c.grain = 'm' AND c.product_name = product AND c.period BETWEEN first_day AND last_day
          UNION ALL
          SELECT a.period, a.region, a.revenue, a.quantity, a.row_count FROM penstock.sales_cell_delta a
          WHERE ${UNFOLDED} AND a.table_id = target AND a.product_name = product AND a.period BETWEEN first_day AND last_day
        ) AS part
        WHERE place IS NULL OR part.region = place
        GROUP BY 1, 2 HAVING sum(part.row_count) <> 0 ORDER BY 1, 2 LIMIT most
      ) AS total
    );
  END $$`;
