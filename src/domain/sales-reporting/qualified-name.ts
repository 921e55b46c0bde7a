import { PenstockError } from '../errors.js';

/** A table of PostgreSQL; without a schema, the one that the search path finds. Never escaped: adapters quote it. */
export interface QualifiedName {
  readonly schema?: string;
  readonly table: string;
}

/** PostgreSQL cuts longer names short, in bytes. */
export const MAX_NAME_BYTES = 63;

const PART = String.raw`(?:"(?:[^"]|"")+"|[^".]+)`;
const NAME = new RegExp(`^(?:(${PART})\\.)?(${PART})$`, 'su');

/**
 * Reads `table`, `schema.table`, and quoted parts as SQL writes them (`"my.table"`); names are taken as they stand, in
 * upper case too.
 *
 * @throws PenstockError `identifier.invalid`
 */
export function parseQualifiedName(text: string): QualifiedName {
  const [, schema, table] = NAME.exec(text) ?? [];
  if (table === undefined) throw invalid();
  return { ...(schema !== undefined && { schema: unquoted(schema) }), table: unquoted(table) };
}

function unquoted(part: string): string {
  return checked(part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part);
}

/** As it is written, for messages and answers. */
export function nameText({ schema, table }: QualifiedName): string {
  return [schema, table].filter((part) => part !== undefined).join('.');
}

function checked(part: string): string {
  if (part.trim() === '' || part.includes('\0') || new TextEncoder().encode(part).byteLength > MAX_NAME_BYTES)
    throw invalid();
  return part;
}

function invalid(): PenstockError {
  return new PenstockError(
    'identifier.invalid',
    `A table is named as "table" or "schema.table", in at most ${MAX_NAME_BYTES} bytes each.`,
  );
}
