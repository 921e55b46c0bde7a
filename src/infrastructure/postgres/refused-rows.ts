import { type ClientBase, DatabaseError, escapeIdentifier } from 'pg';
import type { RefusedRow } from '../../domain/ports/warehouse-imports.port.js';
import { cutValue, type Rule } from '../../domain/sales-reporting/bad-row.js';
import { copyChunk } from './copy-chunk.js';
import type { LiveTable } from './import-table.js';

const STAGE = 'pg_temp.penstock_rows';
const MAX_WORDS = 500;
/** The planner knows nothing of the stage, and must not read a large table to look up a few keys. */
const BY_INDEX = 'SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off';
const AS_BEFORE = 'SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT';

/** Classes of SQLSTATE that are about rows: data, integrity, check option, limits of a row, RAISE in a trigger. */
export function isAboutRows(cause: unknown): boolean {
  return cause instanceof DatabaseError && /^(22|23|44|54|P0)/.test(cause.code ?? '');
}

interface FailedRow {
  readonly row_number: string;
  readonly state: string;
  readonly column_name: string;
  readonly constraint_name: string;
  readonly message: string;
}

/**
 * The slow way in, for batches in which the database has refused something: the rows are laid down as texts, duplicates of
 * keys are taken out by one statement for each key, and the rest is inserted, halving what fails down to the guilty rows.
 */
export class RefusedRows {
  private readonly columns: readonly string[];
  private isStaged = false;

  constructor(
    private readonly client: ClientBase,
    private readonly table: LiveTable,
    private readonly names: readonly string[],
    private readonly copyOptions: string,
  ) {
    this.columns = names.map((name) => escapeIdentifier(name));
  }

  /** Stores what can be stored of these lines, `rows` of them. @returns the rest */
  async store(lines: readonly Uint8Array[], rows: number): Promise<RefusedRow[]> {
    await this.stage();
    const columns = this.columns.join(', ');
    await copyChunk(this.client, `COPY ${STAGE} (${columns}) FROM STDIN ${this.copyOptions}`, ...lines);
    const refused: RefusedRow[] = [];
    for (const key of this.table.uniqueKeys) refused.push(...(await this.withoutDuplicates(key)));
    refused.push(...(await this.insert(rows)));
    return refused.sort((a, b) => a.row - b.row);
  }

  private async stage(): Promise<void> {
    if (this.isStaged) {
      await this.client.query(`TRUNCATE ${STAGE} RESTART IDENTITY`);
      return;
    }
    const columns = this.columns.map((column) => `${column} text`).join(', ');
    await this.client.query(
      `CREATE TEMP TABLE penstock_rows (penstock_row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ${columns}) ON COMMIT DROP`,
    );
    this.isStaged = true;
  }

  /** Takes rows out whose key is in the table, or in an earlier row; a key with a part that cannot be read is left in. */
  private async withoutDuplicates(key: readonly string[]): Promise<RefusedRow[]> {
    if (!key.every((name) => this.names.includes(name))) return [];
    await this.client.query(`SAVEPOINT penstock_key; ${BY_INDEX}`);
    try {
      const { rows } = await this.client.query<{ row: string; shown: string }>(duplicatesOf(this.table, key));
      await this.client.query(`${AS_BEFORE}; RELEASE SAVEPOINT penstock_key`);
      const column = key.join(', ');
      const message = `The key (${column}) is there already.`;
      return rows.map(({ row, shown }) => ({
        row: Number(row) - 1,
        rule: 'unique',
        column,
        value: cutValue(shown),
        message,
      }));
    } catch (cause) {
      if (!isAboutRows(cause)) throw cause;
      await this.client.query('ROLLBACK TO SAVEPOINT penstock_key');
      return [];
    }
  }

  private async insert(rows: number): Promise<RefusedRow[]> {
    const values = this.names.map((name, index) => `${this.columns[index]}::${this.table.castTypes.get(name)}`);
    const statement = `INSERT INTO ${this.table.quoted} (${this.columns.join(', ')})
      SELECT ${values.join(', ')} FROM ${STAGE} WHERE penstock_row BETWEEN $1 AND $2 ORDER BY penstock_row`;
    const types = this.names.map((name) => this.table.castTypes.get(name));
    const failed = await this.client.query<FailedRow>('SELECT * FROM penstock.insert_rows($1, 1, $2, $3, $4)', [
      statement,
      rows,
      this.names,
      types,
    ]);
    return failed.rows.map(toRefused);
  }
}

function duplicatesOf({ quoted, castTypes }: LiveTable, key: readonly string[]): string {
  const columns = key.map((name) => ({ name: escapeIdentifier(name), type: castTypes.get(name) ?? 'text' }));
  const casts = columns.map(({ name, type }) => `${name}::${type}`);
  const values = casts.map((cast, index) => `${cast} AS penstock_${index}`);
  const same = columns.map(({ name }, index) => `t.${name} = k.penstock_${index}`);
  const present = columns.map(({ name }) => `${name} IS NOT NULL`);
  return `
    DELETE FROM ${STAGE} d USING (
      SELECT k.penstock_row, k.shown FROM (
        SELECT penstock_row, ${values.join(', ')}, concat_ws(', ', ${columns.map(({ name }) => name).join(', ')}) AS shown,
               row_number() OVER (PARTITION BY ${casts.join(', ')} ORDER BY penstock_row) AS nth
        FROM ${STAGE} WHERE ${present.join(' AND ')}
      ) k
      WHERE k.nth > 1 OR EXISTS (SELECT FROM ${quoted} t WHERE ${same.join(' AND ')})
    ) g WHERE d.penstock_row = g.penstock_row
    RETURNING d.penstock_row AS row, g.shown`;
}

function toRefused(failed: FailedRow): RefusedRow {
  const { rule, message } = ruleOf(failed);
  const column = failed.column_name;
  return { row: Number(failed.row_number) - 1, rule, message, ...(column !== '' && { column }) };
}

function ruleOf({ state, constraint_name: constraint, column_name: column, message }: FailedRow): {
  rule: Rule;
  message: string;
} {
  if (state === '23505' || state === '23P01')
    return { rule: 'unique', message: `The key of "${constraint}" is there already.` };
  if (state === '23502') return { rule: 'nullable', message: `${column} must not be empty.` };
  if (state === '23503') return { rule: 'foreign_key', message: `What "${constraint}" refers to is not there.` };
  if (state === '23514' && constraint === '')
    return { rule: 'partition', message: 'The row is outside of all partitions.' };
  if (state === '23514') return { rule: 'check', message: `The row does not pass the check "${constraint}".` };
  if (column !== '') return { rule: 'type', message: `${column} is not what the column takes (SQLSTATE ${state}).` };
  return { rule: 'database', message: `${message.slice(0, MAX_WORDS)} (SQLSTATE ${state})` };
}
