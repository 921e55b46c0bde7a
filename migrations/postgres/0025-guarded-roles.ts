import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The roles that callers' statements run as: no login, no right but to read, or to read and change, the tables outside of
 * the schema `penstock`. Roles are the cluster's, grants the database's. Where the service's user may not make roles or
 * grant, this leaves it to an administrator (docs/guarded-sql.md has the statements), and guarded statements say so.
 */
export class GuardedRoles1700000000025 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CREATE_ROLES);
    await runner.query(GRANT_SCHEMAS);
    await runner.query(GRANT_TABLES);
    await runner.query(GRANT_FUTURE);
  }

  /** Takes back what was granted here. A role that other databases of the cluster use stays. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$
      DECLARE role_name text;
      BEGIN
        FOREACH role_name IN ARRAY ARRAY['penstock_reader', 'penstock_writer'] LOOP
          CONTINUE WHEN to_regrole(role_name) IS NULL;
          BEGIN
            EXECUTE format('DROP OWNED BY %I', role_name);
            EXECUTE format('DROP ROLE %I', role_name);
          EXCEPTION WHEN insufficient_privilege OR dependent_objects_still_exist OR object_in_use THEN
            RAISE NOTICE 'The role % stays.', role_name;
          END;
        END LOOP;
      END $$`);
  }
}

/** Another database of the cluster may be doing the same at this moment. */
const CREATE_ROLES = `
  DO $$
  DECLARE role_name text;
  BEGIN
    FOREACH role_name IN ARRAY ARRAY['penstock_reader', 'penstock_writer'] LOOP
      IF to_regrole(role_name) IS NULL THEN
        BEGIN
          EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT', role_name);
        EXCEPTION
          WHEN duplicate_object OR unique_violation THEN NULL;
          WHEN insufficient_privilege THEN
            RAISE NOTICE 'The role % has to be made by an administrator.', role_name;
            CONTINUE;
        END;
      END IF;
      CONTINUE WHEN pg_has_role(current_user, role_name,
        CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END);
      BEGIN
        EXECUTE format('GRANT %I TO current_user', role_name)
          || CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN ' WITH SET TRUE, INHERIT FALSE' ELSE '' END;
      EXCEPTION WHEN insufficient_privilege OR invalid_grant_operation THEN
        RAISE NOTICE 'The role % has to be granted by an administrator.', role_name;
      END;
    END LOOP;
  END $$`;

const OURS_AND_THEIRS = `nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'penstock')`;

const GRANT_SCHEMAS = `
  DO $$
  DECLARE schema_name name;
  BEGIN
    IF to_regrole('penstock_reader') IS NULL OR to_regrole('penstock_writer') IS NULL THEN RETURN; END IF;
    BEGIN
      REVOKE ALL ON SCHEMA penstock FROM PUBLIC, penstock_reader, penstock_writer;
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    FOR schema_name IN SELECT nspname FROM pg_namespace WHERE ${OURS_AND_THEIRS} LOOP
      BEGIN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO penstock_reader, penstock_writer', schema_name);
      EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'The schema % has to be granted by its owner.', schema_name;
      END;
    END LOOP;
  END $$`;

const GRANT_TABLES = `
  DO $$
  DECLARE object_name text; object_kind "char";
  BEGIN
    IF to_regrole('penstock_reader') IS NULL OR to_regrole('penstock_writer') IS NULL THEN RETURN; END IF;
    FOR object_name, object_kind IN
      SELECT format('%I.%I', n.nspname, c.relname), c.relkind
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND ${OURS_AND_THEIRS}
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    LOOP
      BEGIN
        IF object_kind = 'S' THEN
          EXECUTE format('GRANT SELECT, USAGE ON SEQUENCE %s TO penstock_writer', object_name);
        ELSE
          EXECUTE format('GRANT SELECT ON %s TO penstock_reader', object_name);
          EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO penstock_writer', object_name);
        END IF;
      EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE '% has to be granted by its owner.', object_name;
      END;
    END LOOP;
  END $$`;

/** Of what the service's user makes from now on; what others make, they grant. No right in a schema that has no USAGE. */
const GRANT_FUTURE = `
  DO $$
  BEGIN
    IF to_regrole('penstock_reader') IS NULL OR to_regrole('penstock_writer') IS NULL THEN RETURN; END IF;
    ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO penstock_reader, penstock_writer;
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO penstock_reader;
    ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO penstock_writer;
    ALTER DEFAULT PRIVILEGES GRANT SELECT, USAGE ON SEQUENCES TO penstock_writer;
  END $$`;
