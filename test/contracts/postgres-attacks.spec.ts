import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PostgresGuardedStatements } from '../../src/infrastructure/postgres/guarded/postgres-guarded-statements.js';
import { entry, type GuardedDatabase, guardedDatabase, statement } from '../support/guarded-database.js';
import { freshName } from '../support/engine-of.js';

/** What must never be in an answer. */
const SECRETS = [
  'S3CRET-LETTER',
  'S3CRET-SESSION',
  'S3CRET-SETTING',
  'S3CRET-OBJECT',
  'SCRAM-SHA-256',
  'root:x:0',
] as const;
/** A file that no statement may make. */
const LOOT = join(tmpdir(), `${freshName('loot')}.txt`);

let at: GuardedDatabase;
let statements: PostgresGuardedStatements;
let other: Client;

beforeAll(async () => {
  at = await guardedDatabase();
  await at.admin.query(`
    CREATE TABLE kept (id integer PRIMARY KEY, name text);
    INSERT INTO kept SELECT i, 'n' || i FROM generate_series(1, 5) i;
    CREATE SEQUENCE counter; SELECT nextval('counter');
    CREATE FUNCTION change() RETURNS integer LANGUAGE sql VOLATILE AS 'DELETE FROM kept RETURNING 1';
    CREATE FUNCTION liar() RETURNS integer LANGUAGE plpgsql STABLE AS $$ BEGIN DELETE FROM kept; RETURN 1; END $$;
    CREATE PROCEDURE proceed() LANGUAGE sql AS 'DELETE FROM kept';
    INSERT INTO penstock.dead_letter (connector_id, shard_id, sequence_number, sub_sequence_number, partition_key, arrived_at_ms, data, code, reason)
      VALUES ('c', 's', 1, 0, 'k', 1, 'S3CRET-LETTER', 'x', 'S3CRET-LETTER');
    SELECT lo_from_bytea(4242, 'S3CRET-OBJECT');
    ALTER DATABASE ${at.name} SET app.secret = 'S3CRET-SETTING'`);
  await at.admin.query(`CREATE VIEW lower_names AS SELECT lower(name) AS name FROM kept`);
  other = new Client({ connectionString: at.url, application_name: 'other' });
  await other.connect();
  await other.query(`BEGIN; SELECT 'S3CRET-SESSION'`);
  statements = at.statements();
  await statements.read(statement('SELECT 1'));
});
afterAll(async () => {
  await other.end();
  await at.close();
});

/** Everything a statement could have changed, as one hash, and what it may have left on the connection. */
async function state(): Promise<unknown> {
  const { rows } = await at.admin.query<{ part: string; value: string }>(`
    SELECT 'kept' AS part, string_agg(kept::text, ',' ORDER BY id) AS value FROM kept
    UNION ALL SELECT 'counter', last_value::text FROM counter
    UNION ALL SELECT 'relations', string_agg(concat(oid, xmin, relname, relacl::text), ',' ORDER BY oid) FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT 'functions', string_agg(concat(oid, xmin), ',' ORDER BY oid) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'schemas', string_agg(concat(oid, xmin), ',' ORDER BY oid) FROM pg_namespace
    UNION ALL SELECT 'roles', string_agg(concat(rolname, rolsuper), ',' ORDER BY oid) FROM pg_authid WHERE rolname LIKE 'penstock%'
    UNION ALL SELECT 'members', count(*)::text FROM pg_auth_members WHERE roleid::regrole::text LIKE 'penstock%'
    UNION ALL SELECT 'objects', string_agg(lo.oid::text, ',' ORDER BY lo.oid) FROM pg_largeobject_metadata lo
    UNION ALL SELECT 'collations', count(*)::text FROM pg_collation
    UNION ALL SELECT 'letters', string_agg(l::text, ',' ORDER BY id) FROM penstock.dead_letter l
    UNION ALL SELECT 'audit', count(*)::text FROM penstock.query_audit
    UNION ALL SELECT 'settings', string_agg(concat(setdatabase, setrole, setconfig), ',') FROM pg_db_role_setting
    UNION ALL SELECT 'advisory', count(*)::text FROM pg_locks WHERE locktype = 'advisory'
    UNION ALL SELECT 'prepared', count(*)::text FROM pg_prepared_xacts
    UNION ALL SELECT 'sessions', count(*)::text FROM pg_stat_activity WHERE application_name = 'other'
    UNION ALL SELECT 'slots', count(*)::text FROM pg_replication_slots
    UNION ALL SELECT 'databases', count(*)::text FROM pg_database WHERE datname = current_database()`);
  const hash = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
  return { hash, parts: rows.map(({ part, value }) => [part, value?.slice(0, 300)]), loot: existsSync(LOOT) };
}

async function attempt(sql: string, mode: 'read' | 'write'): Promise<string> {
  const limits = { timeoutMs: 2000, maxRows: 50 };
  const plain = statement(sql, limits);
  const running =
    mode === 'read' ? statements.read(plain) : statements.write({ ...plain, isDryRun: true, entryOf: () => entry() });
  return running.then(
    ({ rows }) => {
      const answered = rows.join('\n');
      for (const secret of SECRETS) expect(answered, `${sql} answers ${secret}`).not.toContain(secret);
      // Bytes come in hexadecimal, and texts could be turned around.
      expect(answered).not.toContain(Buffer.from('S3CRET').toString('hex'));
      return 'ran';
    },
    (error: { code?: string; message: string }) => {
      for (const secret of SECRETS) expect(error.message).not.toContain(secret);
      return error.code ?? `defect: ${error.message}`;
    },
  );
}

/** None of these may run, in either mode; the code is the one of reading. */
const REFUSED: readonly string[] = [
  // more than one statement, and what looks like one
  'COMMIT; DROP TABLE kept',
  'SELECT 1; DROP TABLE kept',
  'SELECT 1;; DROP TABLE kept',
  '; DROP TABLE kept',
  'SELECT 1; -- \n DROP TABLE kept',
  '/* SELECT 1 */ DROP TABLE kept',
  '-- SELECT 1\nDROP TABLE kept',
  '/* /* nested */ */ DROP TABLE kept',
  "SELECT '\\'; DROP TABLE kept; --'",
  "SELECT E'\\'; DROP TABLE kept; --'; DROP TABLE kept",
  'SELECT $$; DROP TABLE kept; $$; DROP TABLE kept',
  'SELECT $a$ $b$ $a$; DROP TABLE kept',
  'SELECT 1\0; DROP TABLE kept',
  'BEGIN; DELETE FROM kept; COMMIT',
  // transactions, roles, settings
  'COMMIT',
  'ROLLBACK',
  'END',
  'BEGIN READ WRITE',
  'START TRANSACTION READ WRITE',
  'SET TRANSACTION READ WRITE',
  'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
  'SAVEPOINT a',
  "PREPARE TRANSACTION 'a'",
  'SET ROLE penstock',
  'SET ROLE NONE',
  'RESET ROLE',
  'RESET ALL',
  'SET SESSION AUTHORIZATION penstock',
  'SET LOCAL SESSION AUTHORIZATION DEFAULT',
  'SET statement_timeout = 0',
  'SET LOCAL transaction_read_only = off',
  'DISCARD ALL',
  'SHOW ALL',
  'SHOW app.secret',
  'SHOW data_directory',
  "SELECT set_config('role', 'none', false)",
  "SELECT set_config('transaction_read_only', 'off', true)",
  "SELECT pg_catalog.set_config('statement_timeout', '0', false)",
  "SELECT current_setting('app.secret')",
  'SELECT * FROM pg_settings',
  'SELECT * FROM pg_catalog.pg_db_role_setting',
  'SELECT * FROM pg_show_all_settings()',
  // changing
  'DO $$ BEGIN DELETE FROM kept; END $$',
  "DO LANGUAGE plpgsql 'BEGIN EXECUTE ''DROP TABLE kept''; END'",
  'CALL proceed()',
  'SELECT change()',
  'SELECT "change"()',
  'SELECT public.change()',
  'SELECT * FROM change()',
  'SELECT U&"ch\\0061nge"()',
  'SELECT (SELECT (SELECT change()))',
  'WITH x AS MATERIALIZED (SELECT change()) SELECT * FROM x',
  'SELECT * FROM kept ORDER BY change()',
  'SELECT count(*) FILTER (WHERE change() > 0) FROM kept',
  'SELECT sum(change()) OVER (PARTITION BY change()) FROM kept',
  'SELECT CASE WHEN true THEN change() END',
  'VALUES (change())',
  'SELECT ARRAY[change()]',
  'SELECT * FROM kept LIMIT change()',
  'SELECT xmlelement(name a, change())',
  "SELECT json_object('a': change())",
  'EXPLAIN ANALYZE SELECT change()',
  'EXPLAIN (ANALYZE true) SELECT 1',
  'EXPLAIN ANALYZE DELETE FROM kept',
  'EXPLAIN (ANALYZE, BUFFERS) DELETE FROM kept',
  'EXPLAIN DELETE FROM kept',
  'EXPLAIN ANALYZE CREATE TABLE loot AS SELECT 1',
  'SELECT * INTO loot FROM kept',
  'SELECT * INTO TEMP loot FROM kept',
  'CREATE TABLE loot AS SELECT * FROM kept',
  'CREATE TEMP TABLE loot (a integer)',
  'CREATE FUNCTION loot() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
  'CREATE EXTENSION dblink',
  'CREATE ROLE loot SUPERUSER',
  "ALTER ROLE penstock_reader SUPERUSER PASSWORD 'x'",
  'ALTER SYSTEM SET log_statement = all',
  'GRANT penstock TO penstock_reader',
  'DROP TABLE kept',
  'DROP DATABASE postgres',
  'TRUNCATE kept',
  'LOCK TABLE kept',
  'VACUUM',
  'ANALYZE kept',
  'CLUSTER',
  'REINDEX TABLE kept',
  'CHECKPOINT',
  "LOAD 'dblink'",
  "COMMENT ON TABLE kept IS 'x'",
  "SECURITY LABEL ON TABLE kept IS 'x'",
  // statements by another name, sessions
  'PREPARE p AS DELETE FROM kept',
  'EXECUTE p',
  'DEALLOCATE ALL',
  'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
  'FETCH ALL FROM penstock_page',
  'CLOSE ALL',
  'LISTEN loot',
  'NOTIFY loot',
  'UNLISTEN *',
  "SELECT pg_notify('loot', 'x')",
  // files and programs
  `COPY kept TO '${LOOT}'`,
  `COPY kept TO PROGRAM 'cat > ${LOOT}'`,
  `COPY (SELECT 1) TO PROGRAM 'touch ${LOOT}'`,
  "COPY kept FROM '/etc/passwd'",
  'COPY kept TO STDOUT',
  'COPY kept FROM STDIN',
  "SELECT pg_read_file('/etc/passwd')",
  "SELECT pg_read_binary_file('/etc/passwd')",
  "SELECT pg_catalog.pg_read_file('/etc/passwd')",
  'SELECT "pg_read_file"(\'/etc/passwd\')',
  'SELECT U&"pg_r\\0065ad_file"(\'/etc/passwd\')',
  "SELECT * FROM pg_ls_dir('/')",
  'SELECT pg_ls_logdir()',
  "SELECT pg_stat_file('/etc/passwd')",
  "SELECT pg_file_write('/tmp/x', 'x', false)",
  'SELECT pg_current_logfile()',
  "SELECT lo_import('/etc/passwd')",
  `SELECT lo_export(4242, '${LOOT}')`,
  'SELECT lo_get(4242)',
  "SELECT lo_put(4242, 0, 'x')",
  'SELECT lo_unlink(4242)',
  'SELECT lo_creat(-1)',
  "SELECT lo_from_bytea(0, 'x')",
  'SELECT loread(lo_open(4242, 262144), 100)',
  'SELECT * FROM pg_largeobject',
  'SELECT pg_get_loaded_modules()',
  // other servers
  "SELECT dblink('host=127.0.0.1', 'SELECT 1')",
  "SELECT * FROM dblink('dbname=postgres', 'DROP TABLE kept') AS t(a integer)",
  "SELECT dblink_connect('host=127.0.0.1')",
  'SELECT postgres_fdw_get_connections()',
  'SELECT * FROM pg_foreign_server',
  'SELECT * FROM pg_user_mappings',
  'IMPORT FOREIGN SCHEMA public FROM SERVER x INTO public',
  'CREATE SUBSCRIPTION s CONNECTION $$host=127.0.0.1$$ PUBLICATION p',
  // texts that are run
  "SELECT query_to_xml('DELETE FROM kept', true, true, '')",
  "SELECT query_to_xml('SELECT * FROM penstock.dead_letter', true, true, '')",
  "SELECT query_to_xmlschema('SELECT 1', true, true, '')",
  "SELECT query_to_xml_and_xmlschema('SELECT 1', true, true, '')",
  "SELECT table_to_xml('penstock.dead_letter', true, true, '')",
  "SELECT schema_to_xml('penstock', true, true, '')",
  "SELECT database_to_xml(true, true, '')",
  "SELECT cursor_to_xml('c', 1, true, true, '')",
  "SELECT ts_stat('SELECT to_tsvector(reason) FROM penstock.dead_letter')",
  "SELECT ts_rewrite('a'::tsquery, 'SELECT 1')",
  "SELECT * FROM crosstab('DELETE FROM kept') AS t(a integer)",
  "SELECT * FROM connectby('kept', 'id', 'id', '1', 0) AS t(a integer)",
  // waiting, locks, other sessions, the server
  'SELECT pg_sleep(100)',
  "SELECT pg_sleep_for('1 hour')",
  "SELECT pg_sleep_until('tomorrow')",
  'SELECT pg_advisory_lock(1)',
  'SELECT pg_try_advisory_xact_lock(1)',
  'SELECT pg_terminate_backend(pid) FROM pg_stat_get_activity(NULL)',
  'SELECT pg_cancel_backend(1)',
  'SELECT * FROM pg_stat_activity',
  'SELECT * FROM pg_catalog.pg_stat_activity',
  'SELECT * FROM pg_stat_get_activity(NULL)',
  'SELECT pg_stat_get_backend_activity(1)',
  'SELECT * FROM pg_stat_statements',
  'SELECT * FROM pg_locks',
  'SELECT pg_reload_conf()',
  'SELECT pg_rotate_logfile()',
  'SELECT pg_promote()',
  'SELECT pg_switch_wal()',
  "SELECT pg_create_restore_point('x')",
  "SELECT pg_create_physical_replication_slot('x')",
  "SELECT pg_logical_emit_message(false, 'a', 'b')",
  'SELECT pg_export_snapshot()',
  "SELECT pg_import_system_collations('public')",
  "SELECT pg_catalog.pg_import_system_collations('pg_catalog'::regnamespace)",
  'SELECT pg_stat_reset()',
  'SELECT txid_current()',
  'SELECT pg_current_xact_id()',
  'SELECT inet_server_addr()',
  // secrets of the server and of the service
  'SELECT * FROM pg_authid',
  'SELECT rolpassword FROM pg_catalog.pg_authid',
  'SELECT passwd FROM pg_shadow',
  'SELECT * FROM pg_hba_file_rules',
  'SELECT * FROM pg_file_settings',
  'SELECT * FROM pg_subscription',
  'SELECT * FROM pg_statistic',
  'SELECT * FROM penstock.dead_letter',
  'SELECT * FROM "penstock"."dead_letter"',
  'SELECT * FROM U&"penst\\006fck".dead_letter',
  'TABLE penstock.dead_letter',
  'SELECT 1 WHERE EXISTS (SELECT FROM penstock.dead_letter)',
  'SELECT (SELECT reason FROM penstock.dead_letter)',
  'WITH x AS (SELECT * FROM penstock.dead_letter) SELECT * FROM x',
  'SELECT * FROM kept NATURAL JOIN penstock.query_audit',
];

/** These read too, as far as the text tells; what must not happen does not. In reading mode only. */
const REFUSED_READING: readonly string[] = [
  'DELETE FROM kept',
  'UPDATE kept SET name = NULL',
  "INSERT INTO kept VALUES (9, 'x')",
  'MERGE INTO kept USING (VALUES (1)) s(i) ON id = i WHEN MATCHED THEN DELETE',
  'WITH gone AS (DELETE FROM kept RETURNING *) SELECT * FROM gone',
  'SELECT * FROM (WITH gone AS (DELETE FROM kept RETURNING *) SELECT * FROM gone) x',
  'SELECT * FROM kept FOR UPDATE',
  'SELECT * FROM kept FOR NO KEY UPDATE SKIP LOCKED',
  'SELECT * FROM kept FOR SHARE',
  'SELECT * FROM kept FOR KEY SHARE',
  'SELECT * FROM (SELECT * FROM kept FOR UPDATE) x',
  "SELECT nextval('counter')",
  "SELECT setval('counter', 100)",
  "SELECT currval('counter')",
  'SELECT lastval()',
];

/** These run and do no harm, or fail by themselves. */
const HARMLESS: readonly (readonly [string, RegExp])[] = [
  ['SELECT liar()', /^query\.(failed|refused)$/],
  ["SELECT 'penstock.dead_letter'::regclass", /^(ran|query\.(failed|forbidden))$/],
  ["SELECT to_regclass('penstock.dead_letter')", /^(ran|query\.(failed|forbidden))$/],
  ["SELECT has_table_privilege('penstock.dead_letter', 'SELECT')", /^(ran|query\.(failed|forbidden))$/],
  ["SELECT pg_relation_size('pg_class')", /^ran$/],
  ['SELECT relname, relacl FROM pg_class', /^ran$/],
  ['SELECT proname, prosrc FROM pg_proc LIMIT 10', /^ran$/],
  ['SELECT * FROM pg_stats', /^ran$/],
  ['SELECT * FROM pg_roles', /^ran$/],
  ['SELECT * FROM information_schema.tables', /^ran$/],
  ['SELECT * FROM information_schema.user_mapping_options', /^(ran|query\.forbidden)$/],
  ['SELECT current_user, session_user', /^ran$/],
  ['SELECT * FROM lower_names', /^ran$/],
  [
    'SELECT xmlparse(DOCUMENT \'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>\')',
    /^(ran|query\.failed)$/,
  ],
  ["SELECT '<a/>'::xml", /^(ran|query\.failed)$/],
  ['EXPLAIN (VERBOSE, FORMAT JSON) SELECT * FROM kept', /^ran$/],
  ['SELECT \'; DROP TABLE kept; --\' AS "; DROP TABLE kept; --"', /^ran$/],
  ['SELECT $tag$; DROP TABLE kept; $tag$ /* ; */ -- ;', /^ran$/],
  // time and space
  ['SELECT count(*) FROM generate_series(1, 1000000000000)', /^query\.(timeout|refused)$/],
  ['SELECT sum(a.oid::bigint) FROM pg_proc a, pg_proc b, pg_proc c', /^query\.timeout$/],
  ['SELECT * FROM generate_series(1, 100000000000)', /^query\.(timeout|refused)$/],
  [
    'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r',
    /^query\.(timeout|refused)$/,
  ],
  [
    'WITH RECURSIVE r(n) AS (SELECT 1::numeric UNION ALL SELECT n * n + 1 FROM r) SELECT max(n) FROM r',
    /^query\.(timeout|failed|refused)$/,
  ],
  [
    "SELECT regexp_count(repeat('a', 40) || '!', '(a|aa)+$') FROM generate_series(1, 100000)",
    /^(ran|query\.(timeout|failed))$/,
  ],
  ["SELECT repeat('a', 5000) ~ '(a*)*(a*)*(a*)*b' FROM generate_series(1, 1000)", /^(ran|query\.(timeout|failed))$/],
  ["SELECT repeat('a', 2000000000)", /^query\.(failed|refused)$/],
  ['SELECT array_fill(0, ARRAY[100000000]) FROM generate_series(1, 5)', /^(ran|query\.(failed|refused|timeout))$/],
  ['SELECT factorial(100000)', /^(ran|query\.(timeout|failed))$/],
  ['SELECT 10::numeric ^ 100000', /^ran$/],
  ['SELECT 1 / 0', /^query\.failed$/],
];

describe('an attack on PostgreSQL', () => {
  it.each(REFUSED)('is refused before it runs, reading and writing: %s', async (sql) => {
    const before = await state();
    for (const mode of ['read', 'write'] as const) {
      // What the parser itself cannot read is the parser's to say.
      expect([mode, await attempt(sql, mode)]).toEqual([mode, expect.stringMatching(/^query\.(refused|failed)$/)]);
    }
    expect(await state()).toEqual(before);
  });

  it.each(REFUSED_READING)('is refused where it should only read: %s', async (sql) => {
    const before = await state();
    expect(await attempt(sql, 'read')).toBe('query.refused');
    expect(await state()).toEqual(before);
  });

  it.each(HARMLESS)('does no harm: %s', async (sql, outcome) => {
    const before = await state();
    expect(await attempt(sql, 'read')).toMatch(outcome);
    expect(await state()).toEqual(before);
  });

  it('is refused by name where the parser knows what it is', async () => {
    for (const sql of [
      'DROP TABLE kept',
      'SELECT 1; SELECT 2',
      'SELECT pg_sleep(1)',
      'SELECT * FROM penstock.dead_letter',
    ]) {
      await expect(statements.read(statement(sql))).rejects.toMatchObject({ code: 'query.refused' });
    }
  });

  it('leaves the role and the transaction as they are, whatever came before', async () => {
    for (const sql of ['SELECT 1/0', 'SET ROLE penstock', "SELECT set_config('role', 'none', false)"]) {
      await attempt(sql, 'read');
      const { rows } = await statements.read(
        statement(`SELECT current_user AS u, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS s`),
      );
      expect(rows).toEqual(['{"u":"penstock_reader","s":false}']);
    }
  });
});
