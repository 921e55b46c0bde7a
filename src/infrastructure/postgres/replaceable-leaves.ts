import type { ClientBase } from 'pg';
import type { LiveTable } from './import-table.js';

/** A partition that holds rows itself. */
export interface Leaf {
  readonly oid: number;
  readonly name: string;
  /** Schema and name, quoted. */
  readonly quoted: string;
  /** `FOR VALUES FROM (…) TO (…)`, or `DEFAULT`. */
  readonly bound: string;
  readonly isEmpty: boolean;
}

/** With more partitions, looking at them would cost more than it brings. */
const MAX_LEAVES = 500;

/**
 * Whether something hangs on the table or its partitions that another table in their place would not have: triggers, keys
 * of other tables, an owner of their own, a tablespace, policies, statistics, a publication, deeper partitions.
 */
const IS_PLAIN = `
  WITH members AS (
    SELECT c.* FROM pg_class c WHERE c.oid = $1
    UNION ALL SELECT c.* FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1
  ), root AS (SELECT * FROM pg_class WHERE oid = $1)
  SELECT NOT EXISTS (
    SELECT FROM members m, root r
    WHERE (m.oid <> r.oid AND (m.relkind <> 'r' OR m.reloptions IS NOT NULL OR m.reltablespace <> 0
           OR m.relowner <> r.relowner OR m.relnamespace <> r.relnamespace OR m.relpersistence <> 'p'))
       OR m.relrowsecurity OR m.relreplident <> 'd'
       OR r.relowner <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
       OR EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
                  WHERE t.tgrelid = m.oid AND NOT t.tgisinternal AND NOT n.nspname || '.' || p.proname = ANY ($2))
       OR EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND m.oid IN (k.conrelid, k.confrelid))
       OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = m.oid AND a.attidentity <> '' AND NOT a.attisdropped)
       OR EXISTS (SELECT FROM pg_publication_rel p WHERE p.prrelid = m.oid)
       OR EXISTS (SELECT FROM pg_statistic_ext s WHERE s.stxrelid = m.oid)
       OR EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = m.oid)
       OR EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = m.oid AND m.oid <> r.oid)
  ) AS is_plain`;

const LEAVES = `
  SELECT c.oid::int8::float8 AS oid, c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted,
         pg_get_expr(c.relpartbound, c.oid) AS bound
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE i.inhparent = $1 ORDER BY c.oid`;

/** The partitions, and which are empty; undefined where they must stay the tables they are. */
export async function replaceableLeaves(
  client: ClientBase,
  { oid, partitions }: LiveTable,
  toleratedTriggers: readonly string[],
): Promise<Leaf[] | undefined> {
  if (partitions === undefined || partitions.ranges.length > MAX_LEAVES) return undefined;
  const plain = await client.query<{ is_plain: boolean }>(IS_PLAIN, [oid, toleratedTriggers]);
  if (plain.rows[0]?.is_plain !== true) return undefined;
  const { rows } = await client.query<Omit<Leaf, 'isEmpty'>>(LEAVES, [oid]);
  if (rows.length === 0) return undefined;
  const looks = rows.map(({ quoted }, index) => `SELECT ${index} AS place, EXISTS (SELECT FROM ${quoted}) AS some`);
  const found = await client.query<{ place: number; some: boolean }>(looks.join(' UNION ALL '));
  const filled = new Set(found.rows.filter(({ some }) => some).map(({ place }) => place));
  // Whatever the default partition takes stays there: it is never replaced.
  return rows.map((leaf, index) => ({ ...leaf, isEmpty: !filled.has(index) && leaf.bound !== 'DEFAULT' }));
}

const OTHER_RIGHTS = `
  WITH rights AS (
    SELECT c.oid, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(c.relacl) a) AS list FROM pg_class c
  )
  SELECT pair.leaf FROM unnest($1::float8[], $2::text[]) AS pair (leaf, staged)
  JOIN rights l ON l.oid = pair.leaf::int8::oid JOIN rights s ON s.oid = to_regclass(pair.staged)
  WHERE l.list IS DISTINCT FROM s.list`;

/** Of partitions and the tables that are to take their places, those with rights that a table made now does not get. */
export async function withOtherRights(
  client: ClientBase,
  pairs: readonly { readonly oid: number; readonly staged: string }[],
): Promise<Set<number>> {
  const values = [pairs.map(({ oid }) => oid), pairs.map(({ staged }) => staged)];
  const { rows } = await client.query<{ leaf: number }>(OTHER_RIGHTS, values);
  return new Set(rows.map(({ leaf }) => leaf));
}
