import type { TableReference } from '../../../domain/workflow-gateway/table-reference.js';
import { arrayText } from './routine-check.js';

/**
 * The tables that were asked for, as far as the current role may read them: `n` is the place in the request. An exact
 * name wins over its lower-case form, and of several schemas the first of the search path.
 */
const FOUND = `
  found AS (
    SELECT DISTINCT ON (a.n) a.n, c.oid, c.relname, c.relkind, c.relispartition, s.nspname, c.xmin AS class_xmin, s.xmin AS schema_xmin
    FROM unnest($1::integer[], $2::integer[], $3::text[], $4::text[]) AS a(n, rank, schema, name)
    JOIN pg_catalog.pg_class c ON c.relname = a.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
    WHERE (s.nspname = a.schema OR a.schema = '' AND pg_catalog.pg_table_is_visible(c.oid))
      AND s.nspname !~ '^pg_' AND s.nspname NOT IN ('information_schema', 'penstock')
      AND pg_catalog.has_schema_privilege(s.oid, 'USAGE') AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
    ORDER BY a.n, a.rank
  )`;

/** The estimate of the last ANALYZE or, before the first, of the statistics; that of a partitioned table is its leaves'. */
const estimateOf = (oid: string): string => `(
  SELECT sum(CASE WHEN e.reltuples >= 0 THEN e.reltuples ELSE pg_catalog.pg_stat_get_live_tuples(e.oid) END)::bigint
  FROM pg_catalog.pg_class e
  WHERE e.relkind IN ('r', 'm', 'f') AND (e.oid = ${oid} OR e.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(${oid}))))`;

/** Row versions of everything a schema is made of: different exactly when one of them was changed. */
const VERSION_OF = `md5(concat_ws('/', f.oid, f.class_xmin, f.schema_xmin,
  -- Estimates move with every load; only when they have doubled is it worth a new version.
  floor(log(2, 1 + coalesce(${estimateOf('f.oid')}, 0)::numeric)),
  (SELECT string_agg(x.xmin::text || x.attname, ',' ORDER BY x.attnum) FROM pg_catalog.pg_attribute x WHERE x.attrelid = f.oid AND x.attnum > 0),
  (SELECT string_agg(t.xmin::text, ',' ORDER BY x.attnum) FROM pg_catalog.pg_attribute x JOIN pg_catalog.pg_type t ON t.oid = x.atttypid
   WHERE x.attrelid = f.oid AND x.attnum > 0),
  (SELECT string_agg(x.xmin::text, ',' ORDER BY x.oid) FROM pg_catalog.pg_attrdef x WHERE x.adrelid = f.oid),
  (SELECT string_agg(concat_ws('.', x.xmin, r.xmin, rs.xmin,
     (SELECT string_agg(k.xmin::text, ':' ORDER BY k.attnum) FROM pg_catalog.pg_attribute k WHERE k.attrelid = x.confrelid AND k.attnum = ANY (x.confkey))), ',' ORDER BY x.oid)
   FROM pg_catalog.pg_constraint x LEFT JOIN pg_catalog.pg_class r ON r.oid = x.confrelid
   LEFT JOIN pg_catalog.pg_namespace rs ON rs.oid = r.relnamespace WHERE x.conrelid = f.oid),
  (SELECT string_agg(x.xmin::text, ',' ORDER BY x.indexrelid) FROM pg_catalog.pg_index x WHERE x.indrelid = f.oid),
  (SELECT string_agg(x.xmin::text, ',' ORDER BY x.objsubid) FROM pg_catalog.pg_description x
   WHERE x.objoid = f.oid AND x.classoid = 'pg_catalog.pg_class'::regclass),
  (SELECT string_agg(concat_ws('.', x.xmin, p.xmin, p.relname), ',' ORDER BY p.oid)
   FROM pg_catalog.pg_inherits x JOIN pg_catalog.pg_class p ON p.oid = CASE WHEN x.inhparent = f.oid THEN x.inhrelid ELSE x.inhparent END
   WHERE f.oid IN (x.inhparent, x.inhrelid) AND (f.relkind = 'p' OR f.relispartition))))`;

export const VERSIONS = `WITH ${FOUND} SELECT f.n, ${VERSION_OF} FROM found f ORDER BY f.n`;

const COLUMNS_OF = `(
  SELECT coalesce(json_agg(json_build_object(
    'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'nullable', NOT a.attnotnull,
    'default', CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
    'generated', CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
    'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
    'comment', pg_catalog.col_description(a.attrelid, a.attnum)) ORDER BY a.attnum), '[]'::json)
  FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = f.oid AND a.attnum > 0 AND NOT a.attisdropped)`;

const namesOf = (relation: string, numbers: string): string => `(
  SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(${numbers}) WITH ORDINALITY AS u(number, place)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation} AND a.attnum = u.number)`;

const action = (column: string): string =>
  `CASE ${column} WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default' WHEN 'r' THEN 'restrict' ELSE 'no action' END`;

const PRIMARY_KEY_OF = `coalesce((
  SELECT ${namesOf('k.conrelid', 'k.conkey')} FROM pg_catalog.pg_constraint k WHERE k.conrelid = f.oid AND k.contype = 'p'), '[]'::json)`;

const UNIQUE_KEYS_OF = `coalesce((
  SELECT json_agg(json_build_object('name', k.conname, 'columns', ${namesOf('k.conrelid', 'k.conkey')}) ORDER BY k.conname)
  FROM pg_catalog.pg_constraint k WHERE k.conrelid = f.oid AND k.contype = 'u'), '[]'::json)`;

const FOREIGN_KEYS_OF = `coalesce((
  SELECT json_agg(json_build_object('name', k.conname, 'columns', ${namesOf('k.conrelid', 'k.conkey')},
    'references', json_build_object('schema_name', rs.nspname, 'table_name', r.relname, 'columns', ${namesOf('k.confrelid', 'k.confkey')}),
    'on_update', ${action('k.confupdtype')}, 'on_delete', ${action('k.confdeltype')}) ORDER BY k.conname)
  FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class r ON r.oid = k.confrelid JOIN pg_catalog.pg_namespace rs ON rs.oid = r.relnamespace
  WHERE k.conrelid = f.oid AND k.contype = 'f' AND k.conparentid = 0), '[]'::json)`;

const PARTITIONS_OF = `CASE WHEN f.relkind = 'p' THEN json_build_object(
  'key', pg_catalog.pg_get_partkeydef(f.oid),
  'partitions', (SELECT coalesce(json_agg(json_build_object('schema_name', ps.nspname, 'table_name', p.relname,
      'bounds', pg_catalog.pg_get_expr(p.relpartbound, p.oid), 'estimated_rows', ${estimateOf('p.oid')}) ORDER BY p.relname), '[]'::json)
    FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhrelid
    JOIN pg_catalog.pg_namespace ps ON ps.oid = p.relnamespace WHERE i.inhparent = f.oid)) END`;

const PARTITION_OF = `CASE WHEN f.relispartition THEN (
  SELECT json_build_object('schema_name', ps.nspname, 'table_name', p.relname, 'bounds', pg_catalog.pg_get_expr(c.relpartbound, c.oid))
  FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
  JOIN pg_catalog.pg_namespace ps ON ps.oid = p.relnamespace WHERE i.inhrelid = f.oid) END`;

export const SCHEMAS = `WITH ${FOUND} SELECT f.n, ${VERSION_OF}, json_build_object(
    'table_name', f.relname, 'schema_name', f.nspname,
    'kind', CASE f.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                           WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END,
    'comment', pg_catalog.obj_description(f.oid, 'pg_class'),
    'estimated_rows', CASE WHEN f.relkind <> 'v' THEN ${estimateOf('f.oid')} END,
    'columns', ${COLUMNS_OF}, 'primary_key', ${PRIMARY_KEY_OF}, 'unique_keys', ${UNIQUE_KEYS_OF},
    'foreign_keys', ${FOREIGN_KEYS_OF}, 'partitioned_by', ${PARTITIONS_OF}, 'partition_of', ${PARTITION_OF})
  FROM found f ORDER BY f.n`;

/** What a sample needs to know: the table and its readable columns as they stand in SQL, and how many pages there are. */
export const SAMPLED = `WITH ${FOUND}
  SELECT f.n, format('%I.%I', f.nspname, f.relname),
    CASE WHEN pg_catalog.has_table_privilege(f.oid, 'SELECT') THEN 't.*' ELSE
      (SELECT string_agg(format('t.%I', a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = f.oid AND a.attnum > 0 AND NOT a.attisdropped AND pg_catalog.has_column_privilege(f.oid, a.attnum, 'SELECT')) END,
    -- The place of a row is for those who may read the whole table.
    CASE WHEN f.relkind IN ('v', 'f') OR l.has_foreign OR NOT pg_catalog.has_table_privilege(f.oid, 'SELECT') THEN NULL
         ELSE l.bytes / pg_catalog.current_setting('block_size')::integer END
  FROM found f CROSS JOIN LATERAL (
    SELECT coalesce(sum(pg_catalog.pg_relation_size(c.oid)) FILTER (WHERE c.relkind IN ('r', 'm')), 0)::bigint AS bytes,
           coalesce(bool_or(c.relkind = 'f'), false) AS has_foreign
    FROM pg_catalog.pg_class c
    WHERE c.oid = f.oid OR f.relkind = 'p' AND c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(f.oid))) l
  ORDER BY f.n`;

/** The parameters of FOUND. */
export function foundValues(tables: readonly TableReference[]): string[] {
  const asked = tables.flatMap(({ schema, table, folded }, n) => [
    { n, rank: 0, schema, name: table },
    ...(folded.schema === schema && folded.table === table
      ? []
      : [{ n, rank: 1, schema: folded.schema, name: folded.table }]),
  ]);
  return [
    arrayText(asked.map(({ n }) => String(n))),
    arrayText(asked.map(({ rank }) => String(rank))),
    arrayText(asked.map(({ schema }) => schema)),
    arrayText(asked.map(({ name }) => name)),
  ];
}
