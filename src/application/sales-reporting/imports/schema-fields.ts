import { PenstockError } from '../../../domain/errors.js';
import type { SchemaDocuments } from '../../../domain/ports/schema-documents.port.js';
import { type FieldRule, rowSchema } from '../../../domain/sales-reporting/row-schema.js';

/** The rules of a schema file. @throws PenstockError `schema.invalid` with every fault, its path and its line */
export function schemaFields(documents: SchemaDocuments, text: string): FieldRule[] {
  const { fields, faults } = rowSchema(documents.parse(text));
  if (faults.length === 0) return fields;
  const told = faults.map(({ path, line, message }) => ({
    path: path === '' ? `line ${line}` : `${path} (line ${line})`,
    message,
  }));
  throw new PenstockError('schema.invalid', 'The schema file is not valid.', { faults: told });
}
