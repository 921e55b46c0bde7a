import avsc from 'avsc';
import { PenstockError } from '../../domain/errors.js';

/** The schema of a record, compiled by avsc, which knows no logical types here: a timestamp is its milliseconds. */
export function avroType(schema: string): avsc.types.RecordType {
  let type: avsc.Type;
  try {
    type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema, { logicalTypes: {} });
  } catch (cause) {
    throw new PenstockError('schema.invalid', 'The schema cannot be used to write events.', { cause });
  }
  if (type instanceof avsc.types.RecordType) return type;
  throw new PenstockError('schema.invalid', 'The schema of events has to be one of a record.');
}
