import { type ClientBase, escapeIdentifier } from 'pg';

/** An index of a partition, and how it is defined. */
interface IndexRow {
  readonly table_oid: number;
  readonly name: string;
  readonly is_unique: boolean;
  readonly definition: string;
  /** How the definition has to begin; what follows fits any table. */
  readonly beginning: string;
  /** Of a key: `PRIMARY KEY (a, b)`. */
  readonly constraint: string | null;
}

const INDEXES = `
  SELECT i.indrelid::int8::float8 AS table_oid, c.relname AS name, i.indisunique AS is_unique,
         pg_get_indexdef(i.indexrelid) AS definition,
         format('CREATE %sINDEX %I ON %I.%I USING ', CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, n.nspname, t.relname) AS beginning,
         (SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AS constraint
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
  WHERE i.indrelid = ANY ($1::oid[]) ORDER BY c.oid`;

/** The indexes of some partitions, as statements that make the same ones for other tables. */
export class StagedIndexes {
  private constructor(private readonly rows: ReadonlyMap<number, readonly IndexRow[]>) {}

  static async of(client: ClientBase, tables: readonly number[]): Promise<StagedIndexes> {
    const { rows } = await client.query<IndexRow>(INDEXES, [tables]);
    return new StagedIndexes(new Map(tables.map((oid) => [oid, rows.filter((row) => row.table_oid === oid)])));
  }

  /** Build for `to` what the partition has, under names that begin with `stem`. */
  build(from: number, to: string, stem: string): string[] {
    return this.indexesOf(from).map((index, place) => {
      const name = escapeIdentifier(`${stem}_${place}`);
      if (index.constraint !== null) return `ALTER TABLE ${to} ADD CONSTRAINT ${name} ${index.constraint}`;
      return `CREATE ${index.is_unique ? 'UNIQUE ' : ''}INDEX ${name} ON ${to} USING ${rest(index)}`;
    });
  }

  /** Give the built ones the names of those they replace, once these are gone. */
  rename(from: number, stem: string, schema: string): string[] {
    return this.indexesOf(from).map(({ name }, place) => {
      const built = `${escapeIdentifier(schema)}.${escapeIdentifier(`${stem}_${place}`)}`;
      return `ALTER INDEX ${built} RENAME TO ${escapeIdentifier(name)}`;
    });
  }

  private indexesOf(table: number): readonly IndexRow[] {
    return this.rows.get(table) ?? [];
  }
}

function rest({ definition, beginning, name }: IndexRow): string {
  if (definition.startsWith(beginning)) return definition.slice(beginning.length);
  throw new Error(`The definition of the index ${name} does not read as expected.`);
}
