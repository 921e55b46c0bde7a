/* oxlint-disable max-lines -- the functions of one rule, in SQL, that make sense together only */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Totals that are kept with sales rows: what a statement changed is appended (`sales_delta`), never updated in place, so
 * that writers do not wait for one another; folding adds it to `sales_day` and `sales_cell`. `sales_leaf` says for which
 * partitions, in which state, that adds up to their rows. docs/decisions/0015-totals-are-appended-and-known-or-not.md tells why.
 */
export class SalesRollups1700000000015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, FOLD, CHANGED, LEAVES, STATE, WATCH, UNWATCH]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    // Triggers on the users' tables go with their function.
    await runner.query('DROP FUNCTION penstock.sales_changed() CASCADE');
    await runner.query(`DROP FUNCTION penstock.sales_watch(oid, int), penstock.sales_unwatch(oid, int),
      penstock.sales_fold(int),
      penstock.sales_state(oid, date, date), penstock.sales_leaves(oid, int)`);
    await runner.query('DROP SEQUENCE penstock.sales_unfolded');
    await runner.query(`DROP TABLE penstock.sales_cached_day, penstock.sales_cell, penstock.sales_day,
      penstock.sales_delta, penstock.sales_stale, penstock.sales_leaf, penstock.sales_table`);
  }
}

const TABLES = [
  `CREATE TABLE penstock.sales_table (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    relation   oid NOT NULL UNIQUE,
    enabled_at timestamptz NOT NULL DEFAULT now()
  )`,
  // A leaf is known by what changes when its rows are replaced: its file, and where it hangs in the tree.
  `CREATE TABLE penstock.sales_leaf (
    table_id int NOT NULL REFERENCES penstock.sales_table ON DELETE CASCADE,
    leaf     oid NOT NULL,
    filenode oid NOT NULL,
    bound    text NOT NULL,
    from_day date NOT NULL,
    to_day   date NOT NULL,
    built_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (table_id, leaf)
  )`,
  'CREATE INDEX sales_leaf_by_leaf ON penstock.sales_leaf (leaf)',
  // Days from which (inclusive) to which (exclusive) the totals are not known to be right.
  `CREATE TABLE penstock.sales_stale (
    table_id int NOT NULL,
    from_day date NOT NULL,
    to_day   date NOT NULL
  )`,
  // Of a day when there is no product, of a month otherwise. Without an index: it is written often and stays small.
  `CREATE TABLE penstock.sales_delta (
    table_id     int NOT NULL,
    period       date NOT NULL,
    product_id   bigint,
    product_name text COLLATE "C",
    region       text COLLATE "C",
    revenue      numeric NOT NULL,
    quantity     bigint NOT NULL,
    row_count    bigint NOT NULL
  ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`,
  // A day without rows stays, for its count of changes: it only ever grows.
  `CREATE TABLE penstock.sales_day (
    table_id  int NOT NULL REFERENCES penstock.sales_table ON DELETE CASCADE,
    day       date NOT NULL,
    revenue   numeric NOT NULL,
    quantity  bigint NOT NULL,
    row_count bigint NOT NULL,
    changes   bigint NOT NULL,
    PRIMARY KEY (table_id, day)
  )`,
  // The regions of a product in one row: an eighth of the index entries, and its total without adding up.
  `CREATE TABLE penstock.sales_cell (
    table_id     int NOT NULL REFERENCES penstock.sales_table ON DELETE CASCADE,
    grain        "char" NOT NULL CHECK (grain IN ('m', 'd')),
    period       date NOT NULL,
    product_name text COLLATE "C" NOT NULL,
    product_id   bigint NOT NULL,
    revenue      numeric NOT NULL,
    quantity     bigint NOT NULL,
    row_count    bigint NOT NULL,
    regions      text[] COLLATE "C" NOT NULL,
    revenues     numeric[] NOT NULL,
    quantities   bigint[] NOT NULL,
    row_counts   bigint[] NOT NULL,
    PRIMARY KEY (table_id, grain, period, product_name, product_id)
  )`,
  `CREATE INDEX sales_cell_by_product ON penstock.sales_cell (table_id, product_name) WHERE grain = 'm'`,
  // The cells of a day were read from its rows when it had this many changes; with more they are out of date.
  `CREATE TABLE penstock.sales_cached_day (
    table_id  int NOT NULL REFERENCES penstock.sales_table ON DELETE CASCADE,
    day       date NOT NULL,
    changes   bigint NOT NULL,
    cached_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (table_id, day)
  )`,
  // About how many deltas were written since they were folded last; a hint, so it may be off by some.
  'CREATE SEQUENCE penstock.sales_unfolded',
];

/**
 * A table and its partitions of every level, as the snapshot of the statement has them; all but the leaves hold no rows.
 * In PL/pgSQL, here and below, because it keeps plans: making one takes longer than what it is for.
 */
const LEAVES = `
  CREATE FUNCTION penstock.sales_leaves(root oid, target int)
  RETURNS TABLE (relation oid, is_leaf boolean, filenode oid, bound text, is_watched boolean)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' AS $$
  #variable_conflict use_column
  DECLARE
    key bytea := convert_to(format(' %s:%s ', target, root), 'UTF8');
  BEGIN
    RETURN QUERY
    WITH RECURSIVE tree AS (
      SELECT c.oid, c.relkind, c.relfilenode, c.relrowsecurity, '' COLLATE "C" AS bound, false AS is_leaving
      FROM pg_class c WHERE c.oid = root
      UNION ALL
      SELECT c.oid, c.relkind, c.relfilenode, c.relrowsecurity,
             tree.bound || '/' || pg_get_expr(c.relpartbound, c.oid) COLLATE "C", i.inhdetachpending
      FROM tree JOIN pg_inherits i ON i.inhparent = tree.oid JOIN pg_class c ON c.oid = i.inhrelid
    )
    SELECT tree.oid, tree.relkind <> 'p', tree.relfilenode, tree.bound,
      NOT tree.is_leaving
      -- The totals are of all rows, whoever may see which.
      AND NOT tree.relrowsecurity
      AND 5 = (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = tree.oid AND t.tgenabled = 'A'
               AND t.tgfoid = 'penstock.sales_changed()'::regprocedure AND position(key IN t.tgargs) > 0)
      -- A subscription applies rows without the triggers of statements.
      AND NOT EXISTS (SELECT FROM pg_subscription_rel s WHERE s.srrelid = tree.oid)
    FROM tree;
  END $$`;

/**
 * What is known of a table, for a report of some days: which of its days are not (`mismatches`), how often the days of the
 * range have changed, how much is not folded yet, and which days at the ends of the range have cells of their own.
 */
const STATE = `
  CREATE FUNCTION penstock.sales_state(place oid, first_day date, last_day date)
  RETURNS TABLE (table_id int, part_key text, mismatches json, changes bigint, unfolded bigint, cached_days text[])
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' SET jit = 'off' AS $$
  #variable_conflict use_column
  DECLARE
    target int := (SELECT t.id FROM penstock.sales_table t WHERE t.relation = place);
  BEGIN
    IF target IS NULL THEN
      RETURN QUERY SELECT NULL::int, pg_get_partkeydef(place), NULL::json, 0::bigint, 0::bigint, NULL::text[];
      RETURN;
    END IF;
    RETURN QUERY
    WITH tree AS (SELECT * FROM penstock.sales_leaves(place, target)),
    known AS (SELECT * FROM penstock.sales_leaf f WHERE f.table_id = target),
    mismatch AS (
      SELECT l.bound, k.from_day, k.to_day, coalesce(l.is_watched, true) AS curable
      FROM (SELECT * FROM tree WHERE tree.is_leaf) AS l FULL JOIN known AS k ON k.leaf = l.relation
      WHERE k.leaf IS NULL OR l.relation IS NULL OR NOT l.is_watched OR (k.filenode, k.bound) <> (l.filenode, l.bound)
      UNION ALL
      SELECT '', NULL, NULL, false FROM tree WHERE NOT tree.is_leaf AND NOT tree.is_watched
      UNION ALL
      SELECT NULL, s.from_day, s.to_day, true FROM penstock.sales_stale s WHERE s.table_id = target
    ),
    fresh AS MATERIALIZED (
      SELECT a.period AS day, a.product_id IS NULL AS is_day, count(*) AS changes
      FROM penstock.sales_delta a WHERE a.table_id = target GROUP BY 1, 2
    ),
    edge AS (
      SELECT e.day::date AS day FROM generate_series(date_trunc('month', first_day::timestamp),
        date_trunc('month', first_day::timestamp) + interval '1 month - 1 day', interval '1 day') AS e (day)
      UNION
      SELECT e.day::date FROM generate_series(date_trunc('month', last_day::timestamp),
        date_trunc('month', last_day::timestamp) + interval '1 month - 1 day', interval '1 day') AS e (day)
    )
    SELECT target, pg_get_partkeydef(place),
      (SELECT json_agg(json_build_object('bound', m.bound, 'from', m.from_day, 'to', m.to_day, 'curable', m.curable))
       FROM mismatch m),
      (coalesce((SELECT sum(d.changes) FROM penstock.sales_day d
                 WHERE d.table_id = target AND d.day BETWEEN first_day AND last_day), 0)
        + coalesce((SELECT sum(f.changes) FROM fresh f WHERE f.is_day AND f.day BETWEEN first_day AND last_day), 0))::bigint,
      (SELECT coalesce(sum(f.changes), 0)::bigint FROM fresh f),
      (SELECT array_agg(edge.day::text) FROM edge
         LEFT JOIN penstock.sales_day d ON d.table_id = target AND d.day = edge.day
         LEFT JOIN penstock.sales_cached_day k ON k.table_id = target AND k.day = edge.day
         LEFT JOIN fresh f ON f.is_day AND f.day = edge.day
       WHERE coalesce(d.changes, 0) + coalesce(f.changes, 0) = coalesce(k.changes, 0));
  END $$`;

/** Adds what was appended to the totals. Its caller holds the lock, so that one does it at a time. */
const FOLD = `
  CREATE FUNCTION penstock.sales_fold(target int) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' SET jit = 'off' AS $$
  DECLARE
    folded bigint;
  BEGIN
    WITH gone AS (DELETE FROM penstock.sales_delta WHERE table_id = target RETURNING *),
    days AS (
      INSERT INTO penstock.sales_day AS d (table_id, day, revenue, quantity, row_count, changes)
      SELECT target, period, sum(revenue), sum(quantity), sum(row_count), count(*)
      FROM gone WHERE product_id IS NULL GROUP BY period
      ON CONFLICT (table_id, day) DO UPDATE SET revenue = d.revenue + excluded.revenue,
        quantity = d.quantity + excluded.quantity, row_count = d.row_count + excluded.row_count,
        changes = d.changes + excluded.changes
    ),
    touched AS (SELECT DISTINCT period, product_name, product_id FROM gone WHERE product_id IS NOT NULL),
    parts AS (
      SELECT period, product_name, product_id, region, revenue, quantity, row_count FROM gone WHERE product_id IS NOT NULL
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
    SELECT count(*) INTO folded FROM gone;
    DELETE FROM penstock.sales_cell WHERE table_id = target AND grain = 'm' AND row_count = 0;
    PERFORM setval('penstock.sales_unfolded', 1);
    RETURN folded;
  END $$`;

/**
 * The trigger: appends what a statement added or (argument -1) took away, by day and by month, product and region. It never
 * fails a write for its own sake: what it cannot add up it declares unknown. Deadlocks, lack of space and time-outs are the
 * write's own.
 */
const CHANGED = `
  CREATE FUNCTION penstock.sales_changed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' SET jit = 'off' AS $$
  DECLARE
    sign     int := TG_ARGV[0];
    target   int := split_part(TG_ARGV[1], ':', 1);
    root     oid := split_part(TG_ARGV[1], ':', 2);
    months   date[];
    is_odd   boolean;
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
        INSERT INTO penstock.sales_delta (table_id, period, revenue, quantity, row_count)
        SELECT target, sales_date, sign * sum(sales_amount), sign * sum(quantity_sold), sign * count(*)
        FROM changed_rows GROUP BY sales_date RETURNING period, revenue
      )
      SELECT array_agg(DISTINCT date_trunc('month', period::timestamp)::date ORDER BY date_trunc('month', period::timestamp)::date),
             bool_or(revenue = 'NaN')
      INTO months, is_odd FROM days;
      IF months IS NULL THEN RETURN NULL; END IF;
      INSERT INTO penstock.sales_delta (table_id, period, product_id, product_name, region, revenue, quantity, row_count)
      SELECT target, months[month], product_id, product_name, region, sign * revenue, sign * quantity,
             sign * row_count
      FROM (
        SELECT width_bucket(sales_date, months) AS month, product_id, product_name, region,
               sum(sales_amount) AS revenue, sum(quantity_sold) AS quantity, count(*) AS row_count
        FROM changed_rows GROUP BY 1, 2, 3, 4
      ) AS cells;
      GET DIAGNOSTICS written = ROW_COUNT;
      IF is_odd THEN
        -- NaN less NaN is NaN: such totals cannot be taken back.
        INSERT INTO penstock.sales_stale
        SELECT target, m, (m + interval '1 month')::date FROM unnest(months) AS m WHERE isfinite(m);
      END IF;
      unfolded := nextval('penstock.sales_unfolded') + written;
      IF written > 8 THEN PERFORM setval('penstock.sales_unfolded', unfolded); END IF;
      -- Normally readers fold. Where nobody reads, somebody who writes does it once in a while.
      IF unfolded > 500000 AND current_setting('transaction_isolation') = 'read committed'
         AND pg_try_advisory_xact_lock(1886609772, target) THEN
        PERFORM penstock.sales_fold(target);
      END IF;
    EXCEPTION WHEN OTHERS THEN
      IF left(SQLSTATE, 2) IN ('40', '53', '54', '57', '58', 'XX') THEN RAISE; END IF;
      INSERT INTO penstock.sales_stale VALUES (target, '-infinity', 'infinity');
    END;
    RETURN NULL;
  END $$`;

/** Puts the triggers on a table and all of its partitions, where they are missing; with the rights of its caller. */
const WATCH = `
  CREATE FUNCTION penstock.sales_watch(root oid, target int) RETURNS bigint
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    place   record;
    kind    record;
    watched bigint := 0;
  BEGIN
    FOR place IN
      SELECT l.relation, l.relation::regclass AS name, l.is_leaf FROM penstock.sales_leaves(root, target) l JOIN pg_class c ON c.oid = l.relation
      WHERE NOT l.is_watched AND c.relkind IN ('r', 'p') ORDER BY l.is_leaf, l.relation
    LOOP
      FOR kind IN SELECT * FROM (VALUES
        ('insert', 'INSERT', 'REFERENCING NEW TABLE AS changed_rows', '1'),
        ('update_new', 'UPDATE', 'REFERENCING NEW TABLE AS changed_rows', '1'),
        ('update_old', 'UPDATE', 'REFERENCING OLD TABLE AS changed_rows', '-1'),
        ('delete', 'DELETE', 'REFERENCING OLD TABLE AS changed_rows', '-1'),
        ('truncate', 'TRUNCATE', '', '0')) AS k (name, event, rows, sign)
      LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION penstock.sales_changed(%L, %L)',
                       'penstock_sales_' || kind.name, kind.event, place.name, kind.rows, kind.sign, format(' %s:%s ', target, root));
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', place.name, 'penstock_sales_' || kind.name);
      END LOOP;
      -- What happened to it without triggers nobody knows; without those of a parent, of all.
      WITH gone AS (
        DELETE FROM penstock.sales_leaf WHERE table_id = target AND (leaf = place.relation OR NOT place.is_leaf)
        RETURNING table_id, from_day, to_day
      )
      INSERT INTO penstock.sales_stale SELECT * FROM gone;
      watched := watched + 1;
    END LOOP;
    RETURN watched;
  END $$`;

/** Takes the triggers away again, also from partitions that were detached. */
const UNWATCH = `
  CREATE FUNCTION penstock.sales_unwatch(root oid, target int) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    place record;
  BEGIN
    FOR place IN
      SELECT tgrelid::regclass AS name, tgname FROM pg_trigger WHERE tgfoid = 'penstock.sales_changed()'::regprocedure
      AND position(convert_to(format(' %s:%s ', target, root), 'UTF8') IN tgargs) > 0
    LOOP
      EXECUTE format('DROP TRIGGER %I ON %s', place.tgname, place.name);
    END LOOP;
  END $$`;
