import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which files are in which tables, and a function that tells rows the database takes from rows it refuses. */
export class Imports1700000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // table_oid: a table that was dropped and made again is another one, and knows no file.
    await runner.query(`
      CREATE TABLE penstock.imports (
        number         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id             uuid NOT NULL UNIQUE,
        table_name     text NOT NULL,
        table_oid      oid NOT NULL,
        source         text NOT NULL,
        state          text NOT NULL CHECK (state IN ('succeeded', 'failed')),
        content_sha256 text NOT NULL,
        content_bytes  bigint NOT NULL,
        is_forced      boolean NOT NULL,
        rows_read      bigint NOT NULL,
        rows_imported  bigint NOT NULL,
        rows_rejected  bigint NOT NULL,
        error_table    text,
        reason         text,
        started_at     timestamptz NOT NULL,
        finished_at    timestamptz NOT NULL
      )`);
    // Of two imports of one content at once, the second waits here for the first, and is refused.
    await runner.query(`
      CREATE UNIQUE INDEX imports_content ON penstock.imports (table_oid, content_sha256)
      WHERE state = 'succeeded' AND NOT is_forced`);
    await runner.query('CREATE INDEX imports_by_table ON penstock.imports (table_name, number)');
    await runner.query('CREATE INDEX imports_by_size ON penstock.imports (table_oid, content_bytes)');
    await runner.query(INSERT_ROWS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION penstock.insert_rows(text, bigint, bigint, text[], text[])');
    await runner.query('DROP TABLE penstock.imports');
  }
}

/**
 * Runs `statement`, which inserts the rows $1 to $2 of pg_temp.penstock_rows; when one of them is refused, halves the range
 * down to the guilty rows and returns these. Errors of other classes than data, integrity, limits and RAISE pass.
 */
const INSERT_ROWS = `
  CREATE FUNCTION penstock.insert_rows(statement text, first bigint, last bigint, names text[], types text[])
  RETURNS TABLE (row_number bigint, state text, column_name text, constraint_name text, message text)
  LANGUAGE plpgsql AS $$
  DECLARE
    middle bigint := (first + last) / 2;
  BEGIN
    IF first > last THEN
      RETURN;
    END IF;
    BEGIN
      EXECUTE statement USING first, last;
      RETURN;
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, column_name = COLUMN_NAME,
        constraint_name = CONSTRAINT_NAME, message = MESSAGE_TEXT;
      IF left(state, 2) NOT IN ('22', '23', '44', '54', 'P0') THEN
        RAISE;
      END IF;
    END;
    IF first < last THEN
      RETURN QUERY SELECT * FROM penstock.insert_rows(statement, first, middle, names, types);
      RETURN QUERY SELECT * FROM penstock.insert_rows(statement, middle + 1, last, names, types);
      RETURN;
    END IF;
    row_number := first;
    IF left(state, 2) = '22' THEN
      FOR place IN 1 .. array_length(names, 1) LOOP
        BEGIN
          EXECUTE format('SELECT %I::%s FROM pg_temp.penstock_rows WHERE penstock_row = $1', names[place], types[place])
            USING first;
        EXCEPTION WHEN OTHERS THEN
          column_name := names[place];
          EXIT;
        END;
      END LOOP;
    END IF;
    RETURN NEXT;
  END $$`;
