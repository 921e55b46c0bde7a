import { escapeIdentifier, escapeLiteral } from 'pg';
import type { DwhTable } from '../../domain/warehouse-loading/dwh-tables.js';
import { CASTS, columnNames, tableName } from './dwh-statements.js';

/**
 * Rows of a table without a key whose value of one column was not loaded this way before; of several in a load, the first.
 * Whoever loads the same value at the same time waits for the other. Parameters: those of `upsertStatement`, and for how many
 * milliseconds the values are remembered. Answers what that answers.
 */
export function onceStatement(table: DwhTable, column: string): string {
  const columns = columnNames(table);
  const by = escapeIdentifier(column);
  const arrays = ['$1::bigint[]', ...columns.map((_name, index) => `$${index + 2}::text[]`)];
  const values = table.columns.map(({ type }, index) => `${columns[index]}::${CASTS[type]}`);
  return `
    WITH given AS MATERIALIZED (
      SELECT DISTINCT ON (${by}) * FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS row (id, ${columns.join(', ')}, place)
      ORDER BY ${by}, place
    ), loaded AS (
      INSERT INTO penstock.loaded_row (table_name, row_key, expires_at)
      SELECT ${escapeLiteral(table.table)}, ${by}, now() + $${columns.length + 2} * interval '1 millisecond' FROM given ORDER BY ${by}
      ON CONFLICT DO NOTHING RETURNING row_key
    )
    INSERT INTO ${tableName(table)} (id, ${columns.join(', ')})
    SELECT id, ${values.join(', ')} FROM given JOIN loaded ON loaded.row_key = given.${by} ORDER BY place
    RETURNING id, ${by}::text AS key`;
}

/** Forgets what is remembered for long enough: more than comes in, of so many rows. */
export function forgetStatement(rows: number): string {
  return `
    DELETE FROM penstock.loaded_row WHERE (table_name, row_key) IN (
      SELECT table_name, row_key FROM penstock.loaded_row
      WHERE expires_at < now() ORDER BY expires_at LIMIT ${2 * Math.floor(rows)} FOR UPDATE SKIP LOCKED)`;
}
