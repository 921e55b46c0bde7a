import { type ClientBase, escapeIdentifier } from 'pg';

interface IndexRow {
  readonly name: string;
  readonly is_unique: boolean;
  /** How the index is defined, and how that definition begins. */
  readonly definition: string;
  readonly beginning: string;
  /** Of a key: `PRIMARY KEY (a, b)`. */
  readonly constraint: string | null;
}

const INDEXES = `
  SELECT c.relname AS name, i.indisunique AS is_unique, pg_get_indexdef(i.indexrelid) AS definition,
         format('CREATE %sINDEX %I ON %I.%I USING ', CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, n.nspname, t.relname) AS beginning,
         (SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AS constraint
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
  WHERE i.indrelid = $1 ORDER BY c.oid`;

export interface BuildIndexes {
  /** The partition whose indexes are wanted. */
  readonly from: number;
  /** The table that gets them, quoted. */
  readonly to: string;
  /** Names of the new indexes begin with it. */
  readonly stem: string;
  readonly schema: string;
}

/** Builds for one table the indexes that another has, under names of their own. */
export async function buildIndexes(client: ClientBase, { from, to, stem }: BuildIndexes): Promise<void> {
  const { rows } = await client.query<IndexRow>(INDEXES, [from]);
  for (const [place, index] of rows.entries()) {
    const name = escapeIdentifier(`${stem}_${place}`);
    if (index.constraint !== null) await client.query(`ALTER TABLE ${to} ADD CONSTRAINT ${name} ${index.constraint}`);
    else await client.query(`${createWords(index, name, to)}${rest(index)}`);
  }
}

/** Statements that give the built indexes the names of those they replace, once these are gone. */
export async function renameIndexes(
  client: ClientBase,
  { from, stem, schema }: Omit<BuildIndexes, 'to'>,
): Promise<string[]> {
  const { rows } = await client.query<IndexRow>(INDEXES, [from]);
  return rows.map(
    ({ name }, place) =>
      `ALTER INDEX ${escapeIdentifier(schema)}.${escapeIdentifier(`${stem}_${place}`)} RENAME TO ${escapeIdentifier(name)}`,
  );
}

function createWords({ is_unique: isUnique }: IndexRow, name: string, to: string): string {
  return `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX ${name} ON ${to} USING `;
}

function rest({ definition, beginning, name }: IndexRow): string {
  if (definition.startsWith(beginning)) return definition.slice(beginning.length);
  throw new Error(`The definition of the index ${name} does not read as expected.`);
}
