/** The part of migration 0047 that writes: what a statement changed, and how it is added up. */

/**
 * Sums of days apart from the rest: the summary needs nothing else, and the versions count them. Whoever is in the middle of
 * a write with the former trigger misses the former table afterwards, and declares the totals unknown, as with any failure.
 */
export const DELTAS = `
  DO $$ BEGIN
    LOCK TABLE penstock.sales_delta IN ACCESS EXCLUSIVE MODE;
    PERFORM penstock.sales_fold(id) FROM penstock.sales_table;
    DROP TABLE penstock.sales_delta;
    CREATE TABLE penstock.sales_day_delta (
      table_id  int NOT NULL,
      day       date NOT NULL,
      revenue   numeric NOT NULL,
      quantity  bigint NOT NULL,
      row_count bigint NOT NULL
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
    CREATE INDEX sales_day_delta_by_day ON penstock.sales_day_delta (table_id, day);
    -- The period is any day of the month: single rows as they were written, or sums of a month.
    CREATE TABLE penstock.sales_cell_delta (
      table_id     int NOT NULL,
      period       date NOT NULL,
      product_id   bigint NOT NULL,
      product_name text COLLATE "C" NOT NULL,
      region       text COLLATE "C" NOT NULL,
      revenue      numeric NOT NULL,
      quantity     bigint NOT NULL,
      row_count    bigint NOT NULL
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
  END $$`;

/** Adds what was appended to the totals. Its caller holds the lock, so that one does it at a time. */
export const FOLD = `
  CREATE OR REPLACE FUNCTION penstock.sales_fold(target int) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' SET jit = 'off' AS $$
  DECLARE
    folded bigint;
  BEGIN
    WITH gone_days AS (DELETE FROM penstock.sales_day_delta WHERE table_id = target RETURNING *),
    days AS (
      INSERT INTO penstock.sales_day AS d (table_id, day, revenue, quantity, row_count, changes)
      SELECT target, day, sum(revenue), sum(quantity), sum(row_count), count(*) FROM gone_days GROUP BY day
      ON CONFLICT (table_id, day) DO UPDATE SET revenue = d.revenue + excluded.revenue,
        quantity = d.quantity + excluded.quantity, row_count = d.row_count + excluded.row_count,
        changes = d.changes + excluded.changes
    ),
    gone AS (DELETE FROM penstock.sales_cell_delta WHERE table_id = target RETURNING *),
    added AS (
      SELECT date_trunc('month', period::timestamp)::date AS period, product_name, product_id, region,
             sum(revenue) AS revenue, sum(quantity)::bigint AS quantity, sum(row_count)::bigint AS row_count
      FROM gone GROUP BY 1, 2, 3, 4
    ),
    touched AS (SELECT DISTINCT period, product_name, product_id FROM added),
    parts AS (
      SELECT * FROM added
      UNION ALL
      SELECT c.period, c.product_name, c.product_id, r.*
      FROM touched JOIN penstock.sales_cell c ON c.table_id = target AND c.grain = 'm' AND c.period = touched.period
        AND c.product_name = touched.product_name AND c.product_id = touched.product_id,
        unnest(c.regions, c.revenues, c.quantities, c.row_counts) AS r (region, revenue, quantity, row_count)
    ),
    sums AS (
      SELECT period, product_name, product_id, region,
             sum(revenue) AS revenue, sum(quantity)::bigint AS quantity, sum(row_count)::bigint AS row_count
      FROM parts GROUP BY period, product_name, product_id, region
    ),
    cells AS (
      INSERT INTO penstock.sales_cell
      SELECT target, 'm', period, product_name, product_id, sum(revenue), sum(quantity), sum(row_count),
             coalesce(array_agg(region) FILTER (WHERE row_count <> 0), '{}'),
             coalesce(array_agg(revenue) FILTER (WHERE row_count <> 0), '{}'),
             coalesce(array_agg(quantity) FILTER (WHERE row_count <> 0), '{}'),
             coalesce(array_agg(row_count) FILTER (WHERE row_count <> 0), '{}')
      FROM sums GROUP BY period, product_name, product_id
      ON CONFLICT (table_id, grain, period, product_name, product_id) DO UPDATE SET revenue = excluded.revenue,
        quantity = excluded.quantity, row_count = excluded.row_count, regions = excluded.regions,
        revenues = excluded.revenues, quantities = excluded.quantities, row_counts = excluded.row_counts
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM gone_days) INTO folded;
    DELETE FROM penstock.sales_cell WHERE table_id = target AND grain = 'm' AND row_count = 0;
    PERFORM setval('penstock.sales_unfolded', 1);
    RETURN folded;
  END $$`;

/**
 * The trigger: appends what a statement added or (argument -1) took away, by day, and row by row as long as these are not
 * more than a million: by then there are fewer products and regions than rows. It never fails a write for its own sake:
 * what it cannot add up it declares unknown. Deadlocks, lack of space and time-outs are the write's own.
 */
export const CHANGED = `
  CREATE OR REPLACE FUNCTION penstock.sales_changed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' SET jit = 'off' AS $$
  DECLARE
    sign     int := TG_ARGV[0];
    target   int := split_part(TG_ARGV[1], ':', 1);
    root     oid := split_part(TG_ARGV[1], ':', 2);
    months   date[];
    odd      date[];
    written  bigint;
    unfolded bigint;
  BEGIN
    IF TG_OP = 'TRUNCATE' OR root <> coalesce(pg_partition_root(TG_RELID), TG_RELID) THEN
      -- Truncated, or detached and written to: as it was known, it is no more.
      INSERT INTO penstock.sales_stale
      SELECT target, from_day, to_day FROM penstock.sales_leaf WHERE table_id = target AND leaf = TG_RELID
      UNION ALL
      -- An older snapshot may not see how it is known.
      SELECT target, '-infinity', 'infinity' WHERE current_setting('transaction_isolation') <> 'read committed';
      RETURN NULL;
    END IF;
    BEGIN
      WITH days AS (
        INSERT INTO penstock.sales_day_delta
        SELECT target, sales_date, sign * sum(sales_amount), sign * sum(quantity_sold), sign * count(*)
        FROM changed_rows GROUP BY sales_date RETURNING day, revenue, row_count
      ),
      facts AS (SELECT date_trunc('month', day::timestamp)::date AS month, abs(row_count) AS row_count,
                       revenue IN ('NaN', 'Infinity', '-Infinity') AS is_odd FROM days)
      SELECT array_agg(DISTINCT month ORDER BY month), array_agg(DISTINCT month) FILTER (WHERE is_odd), sum(row_count)
      INTO months, odd, written FROM facts;
      IF written IS NULL THEN RETURN NULL; END IF;
      IF written <= 1000000 THEN
        INSERT INTO penstock.sales_cell_delta
        SELECT target, sales_date, product_id, product_name, region,
               CASE sign WHEN 1 THEN sales_amount ELSE - sales_amount END, sign * quantity_sold::bigint, sign
        FROM changed_rows;
      ELSE
        INSERT INTO penstock.sales_cell_delta
        SELECT target, months[month], product_id, product_name, region, sign * revenue, sign * quantity, sign * row_count
        FROM (
          SELECT width_bucket(sales_date, months) AS month, product_id, product_name, region,
                 sum(sales_amount) AS revenue, sum(quantity_sold) AS quantity, count(*) AS row_count
          FROM changed_rows GROUP BY 1, 2, 3, 4
        ) AS cells;
        GET DIAGNOSTICS written = ROW_COUNT;
      END IF;
      -- NaN less NaN is NaN: such totals cannot be taken back.
      IF odd IS NOT NULL THEN
        INSERT INTO penstock.sales_stale
        SELECT target, m, (m + interval '1 month')::date FROM unnest(odd) AS m WHERE isfinite(m);
      END IF;
      unfolded := nextval('penstock.sales_unfolded') + written;
      IF written > 8 THEN PERFORM setval('penstock.sales_unfolded', unfolded); END IF;
      -- Normally readers fold. Where nobody reads, somebody who writes does it once in a while.
      IF unfolded > 2000000 AND current_setting('transaction_isolation') = 'read committed'
         AND pg_try_advisory_xact_lock(1886609772, target) THEN
        PERFORM penstock.sales_fold(target);
      END IF;
    EXCEPTION WHEN OTHERS THEN
      IF left(SQLSTATE, 2) IN ('40', '53', '54', '57', '58', 'XX') THEN RAISE; END IF;
      INSERT INTO penstock.sales_stale VALUES (target, '-infinity', 'infinity');
    END;
    RETURN NULL;
  END $$`;

export const LEAVES = [
  'ALTER FUNCTION penstock.sales_leaves(oid, int) RENAME TO sales_leaves_before',
  // By indexes, also where many partitions were made a moment ago and nobody has analyzed the catalogue since.
  // A bound of several levels is that of each, as PostgreSQL stores it; 'top' is the partition of the first level.
  `CREATE FUNCTION penstock.sales_leaves(root oid, target int)
  RETURNS TABLE (relation oid, is_leaf boolean, filenode oid, bound text, top oid, is_watched boolean)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = 'force_generic_plan'
  SET enable_seqscan = 'off' AS $$
  #variable_conflict use_column
  DECLARE
    key bytea := convert_to(format(' %s:%s ', target, root), 'UTF8');
    -- A subscription applies rows without the triggers of statements.
    subscribed oid[] := ARRAY(SELECT s.srrelid FROM pg_subscription_rel s);
  BEGIN
    RETURN QUERY
    WITH RECURSIVE tree AS (
      SELECT c.oid, c.relkind, c.relfilenode, c.relrowsecurity, '' COLLATE "C" AS bound, 0::oid AS top, false AS is_leaving
      FROM pg_class c WHERE c.oid = root
      UNION ALL
      SELECT c.oid, c.relkind, c.relfilenode, c.relrowsecurity,
             tree.bound || '/' || coalesce(c.relpartbound::text, '') COLLATE "C",
             CASE tree.top WHEN 0 THEN c.oid ELSE tree.top END, i.inhdetachpending
      FROM tree JOIN pg_inherits i ON i.inhparent = tree.oid JOIN pg_class c ON c.oid = i.inhrelid
    )
    SELECT tree.oid, tree.relkind <> 'p', tree.relfilenode, tree.bound, tree.top,
      NOT tree.is_leaving
      -- The totals are of all rows, whoever may see which.
      AND NOT tree.relrowsecurity
      AND tree.oid <> ALL (subscribed)
      AND 5 = (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = tree.oid AND t.tgenabled = 'A'
               AND t.tgfoid = 'penstock.sales_changed()'::regprocedure AND position(key IN t.tgargs) > 0)
    FROM tree;
  END $$`,
  // What matched goes on matching; what did not is not known in either form.
  `UPDATE penstock.sales_leaf f SET bound = l.bound
   FROM penstock.sales_table t, LATERAL penstock.sales_leaves_before(t.relation, t.id) AS b,
        LATERAL penstock.sales_leaves(t.relation, t.id) AS l
   WHERE f.table_id = t.id AND b.relation = f.leaf AND l.relation = f.leaf AND b.bound = f.bound`,
  'DROP FUNCTION penstock.sales_leaves_before(oid, int)',
];
