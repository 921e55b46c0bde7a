import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who ran what through the guard. Rows can be added and read, and that is all: triggers refuse the rest to everybody, the
 * service's own user included, and where roles can be made the table belongs to one that nobody logs in as.
 */
export class QueryAudit1700000000026 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE penstock.query_audit (
        id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        recorded_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
        request_id       text NOT NULL,
        caller           text NOT NULL,
        engine           text NOT NULL CHECK (engine IN ('postgres', 'clickhouse')),
        mode             text NOT NULL CHECK (mode IN ('read', 'write')),
        dry_run          boolean NOT NULL,
        statement        text NOT NULL,
        statement_sha256 text NOT NULL CHECK (statement_sha256 ~ '^[0-9a-f]{64}$'),
        parameter_types  text[] NOT NULL,
        outcome          text NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed', 'cancelled', 'timed_out')),
        code             text,
        row_count        bigint NOT NULL,
        duration_ms      integer NOT NULL
      )`);
    await runner.query('CREATE INDEX query_audit_by_caller ON penstock.query_audit (caller, id)');
    await runner.query('CREATE INDEX query_audit_by_outcome ON penstock.query_audit (outcome, id)');
    await runner.query('CREATE INDEX query_audit_by_statement ON penstock.query_audit (statement_sha256, id)');
    await runner.query(`
      CREATE FUNCTION penstock.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
      BEGIN
        RAISE EXCEPTION 'penstock.query_audit is append-only' USING ERRCODE = 'insufficient_privilege';
      END $$`);
    // ALWAYS: also for a session that plays a replica, in which ordinary triggers rest.
    await runner.query(`
      CREATE TRIGGER query_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON penstock.query_audit
      FOR EACH STATEMENT EXECUTE FUNCTION penstock.refuse_audit_change()`);
    await runner.query('ALTER TABLE penstock.query_audit ENABLE ALWAYS TRIGGER query_audit_append_only');
    await runner.query(GIVE_AWAY);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(TAKE_BACK);
    await runner.query('DROP TABLE penstock.query_audit');
    await runner.query('DROP FUNCTION penstock.refuse_audit_change()');
  }
}

/** To a role of its own, of which the service's user is no member afterwards. */
const GIVE_AWAY = `
  DO $$
  DECLARE service name := current_user;
  BEGIN
    IF to_regrole('penstock_audit') IS NULL THEN
      BEGIN
        CREATE ROLE penstock_audit NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
    EXECUTE format('GRANT penstock_audit TO %I', service);
    GRANT USAGE, CREATE ON SCHEMA penstock TO penstock_audit;
    REVOKE ALL ON penstock.query_audit FROM PUBLIC;
    ALTER TABLE penstock.query_audit OWNER TO penstock_audit;
    ALTER FUNCTION penstock.refuse_audit_change() OWNER TO penstock_audit;
    SET LOCAL ROLE penstock_audit;
    REVOKE ALL ON penstock.query_audit FROM PUBLIC;
    EXECUTE format('GRANT SELECT, INSERT ON penstock.query_audit TO %I', service);
    RESET ROLE;
    REVOKE CREATE ON SCHEMA penstock FROM penstock_audit;
    EXECUTE format('REVOKE penstock_audit FROM %I', service);
  EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation THEN
    -- The table stays with the service's user: the triggers hold, and an administrator can give it away.
    REVOKE UPDATE, DELETE, TRUNCATE ON penstock.query_audit FROM PUBLIC, current_user;
    RAISE NOTICE 'penstock.query_audit has to be given to another owner by an administrator.';
  END $$`;

const TAKE_BACK = `
  DO $$
  DECLARE service name := current_user;
  BEGIN
    IF (SELECT relowner::regrole::text FROM pg_class WHERE oid = 'penstock.query_audit'::regclass) = 'penstock_audit' THEN
      EXECUTE format('GRANT penstock_audit TO %I', service);
      EXECUTE format('ALTER TABLE penstock.query_audit OWNER TO %I', service);
      EXECUTE format('ALTER FUNCTION penstock.refuse_audit_change() OWNER TO %I', service);
      EXECUTE format('REVOKE penstock_audit FROM %I', service);
    END IF;
  END $$`;
