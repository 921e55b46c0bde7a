import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  entry,
  type GuardedDatabase,
  guardedDatabase,
  migrate,
  NOWHERE,
  statement,
  withClient,
} from '../support/guarded-database.js';
import { freshName } from '../support/engine-of.js';
import { queryAuditContract } from './query-audit.contract.js';

queryAuditContract('PostgreSQL (embedded)', async () => {
  const database = await guardedDatabase();
  return { audit: database.audit(), unreachable: database.audit(NOWHERE), close: () => database.close() };
});

const CHANGES = [
  `UPDATE penstock.query_audit SET caller = 'nobody'`,
  'DELETE FROM penstock.query_audit',
  'TRUNCATE penstock.query_audit',
  `WITH gone AS (DELETE FROM penstock.query_audit RETURNING 1) SELECT * FROM gone`,
  `MERGE INTO penstock.query_audit a USING (VALUES (1)) s(i) ON true WHEN MATCHED THEN DELETE`,
];

describe('the audit in PostgreSQL', () => {
  let at: GuardedDatabase;
  beforeAll(async () => {
    at = await guardedDatabase();
    await at.audit().record(entry({ caller: 'kept' }));
  });
  afterAll(() => at.close());

  const kept = async (): Promise<unknown> => (await at.admin.query('SELECT caller FROM penstock.query_audit')).rows;

  it.each(CHANGES)('only grows, also for a superuser: %s', async (sql) => {
    await expect(at.admin.query(sql)).rejects.toMatchObject({ code: '42501' });
    await withClient(at.url, async (client) => {
      await client.query('SET session_replication_role = replica');
      await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
    });
    expect(await kept()).toEqual([{ caller: 'kept' }]);
  });

  it('belongs to a role that nobody logs in as, and that the roles of callers are no members of', async () => {
    const { rows } = await at.admin.query(`
      SELECT r.rolname, r.rolcanlogin, pg_has_role('penstock_reader', r.oid, 'MEMBER') OR pg_has_role('penstock_writer', r.oid, 'MEMBER') AS theirs
      FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.oid = 'penstock.query_audit'::regclass`);
    expect(rows).toEqual([{ rolname: 'penstock_audit', rolcanlogin: false, theirs: false }]);
  });
});

describe('a service that is no superuser', () => {
  let at: GuardedDatabase;
  let owner: string;
  let url: string;
  beforeAll(async () => {
    at = await guardedDatabase();
    owner = freshName('owner');
    const name = freshName('plain');
    await at.admin.query(`CREATE ROLE ${owner} LOGIN PASSWORD 'x'`);
    await at.admin.query(`CREATE DATABASE ${name} OWNER ${owner}`);
    const place = new URL(at.url);
    place.username = owner;
    place.password = 'x';
    place.pathname = `/${name}`;
    url = place.toString();
  });
  afterAll(() => at.close());

  it('migrates where the roles are there but not its own, and says what is missing until they are granted', async () => {
    await withClient(url, async (client: Client) => {
      await client.query('CREATE TABLE public_things (a integer)').catch(() => undefined);
      await client.query('CREATE SCHEMA IF NOT EXISTS mine');
      await client.query('CREATE TABLE mine.things (a integer); INSERT INTO mine.things VALUES (1)'.split(';')[0]!);
      await migrate(client);
      const { rows } = await client.query(
        `SELECT relowner::regrole::text AS owner FROM pg_class WHERE oid = 'penstock.query_audit'::regclass`,
      );
      expect(rows).toEqual([{ owner }]);
    });
    const statements = at.statements({ url });
    await expect(statements.read(statement('SELECT 1'))).rejects.toMatchObject({ code: 'guard.missing' });
    await at.admin.query(`GRANT penstock_reader, penstock_writer TO ${owner}`);
    expect((await statements.read(statement('SELECT a FROM mine.things'))).rows).toEqual([]);
  });

  it('cannot change the audit, though the table is its own', async () => {
    await at.audit(url).record(entry());
    await withClient(url, async (client) => {
      for (const sql of CHANGES) await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
    });
  });

  it('writes rows and their record as what it is', async () => {
    const done = await at.statements({ url }).write({
      ...statement('INSERT INTO mine.things VALUES (1), (2)'),
      isDryRun: false,
      entryOf: (rows) => entry({ mode: 'write', rows, caller: 'plain' }),
    });
    expect(done.affectedRows).toBe(2);
    const { entries } = await at.audit(url).list({ caller: 'plain', limit: 1 });
    expect(entries[0]).toMatchObject({ mode: 'write', rows: 2 });
  });
});

describe('a login of its own for guarded statements', () => {
  let at: GuardedDatabase;
  let url: string;
  beforeAll(async () => {
    at = await guardedDatabase();
    const guard = freshName('guard');
    // As docs/guarded-sql.md has it.
    await at.admin.query(`
      CREATE ROLE ${guard} LOGIN PASSWORD 'x' NOINHERIT;
      GRANT penstock_reader, penstock_writer TO ${guard};
      GRANT USAGE ON SCHEMA penstock TO ${guard};
      GRANT INSERT ON penstock.query_audit TO ${guard};
      CREATE TABLE things (a integer);
      CREATE FUNCTION escape() RETURNS text LANGUAGE plpgsql STABLE AS $$
      BEGIN PERFORM set_config('role', 'none', true); RETURN (SELECT string_agg(rolpassword, ',') FROM pg_authid); END $$`);
    const place = new URL(at.url);
    place.username = guard;
    place.password = 'x';
    url = place.toString();
  });
  afterAll(() => at.close());

  it('reads, writes and records', async () => {
    const statements = at.statements({ url });
    const entryOf = (rows: number) => entry({ mode: 'write', rows, caller: 'guard' });
    await statements.write({ ...statement('INSERT INTO things VALUES (1)'), isDryRun: false, entryOf });
    expect((await statements.read(statement('SELECT a FROM things'))).rows).toEqual(['{"a":1}']);
    expect((await at.audit().list({ caller: 'guard', limit: 5 })).entries).toHaveLength(1);
  });

  it('leads nowhere, not even by a function that lies about what it does', async () => {
    const reading = at.statements({ url }).read(statement('SELECT escape()'));
    await expect(reading).rejects.toMatchObject({ code: 'query.forbidden' });
  });
});
