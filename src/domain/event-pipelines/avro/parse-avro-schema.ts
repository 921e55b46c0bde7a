import { PenstockError } from '../../errors.js';
import type { AvroNode, AvroSchema, NamedNode } from './avro-node.js';
import { parseSchemaJson } from './schema-json.js';
import { SchemaReader } from './schema-reader.js';

/** Longest text of a schema, in characters. */
export const MAX_SCHEMA_CHARS = 1_000_000;

/**
 * Reads an Avro schema strictly: whatever the specification (1.12) forbids is a fault, with its path.
 *
 * @param references texts of the schemas it names types of, those first that others need
 * @throws PenstockError `schema.invalid`
 */
export function parseAvroSchema(text: string, references: readonly string[] = []): AvroSchema {
  const named = new Map<string, NamedNode>();
  for (const reference of references) readSchema(reference, named);
  const foreign = new Set(named.keys());
  return { root: readSchema(text, named), foreign };
}

function readSchema(text: string, named: Map<string, NamedNode>): AvroNode {
  if (text.length > MAX_SCHEMA_CHARS) {
    throw new PenstockError('schema.invalid', `The schema is longer than ${MAX_SCHEMA_CHARS} characters.`);
  }
  const json = parseSchemaJson(text) ?? bareName(text);
  if (json === undefined) throw new PenstockError('schema.invalid', 'The schema is not JSON.');
  return new SchemaReader(named).read(json);
}

/** Clients send a schema that is only a name without its quotes as well. */
function bareName(text: string): string | undefined {
  return /^[\w.]+$/.test(text) ? text : undefined;
}
