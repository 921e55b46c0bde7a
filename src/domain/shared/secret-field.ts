import { PenstockError } from '../errors.js';

/**
 * A field of a secret that has several, as text: numbers and booleans as JSON writes them.
 *
 * @throws PenstockError `secret.unknown` (no such field), `secret.invalid` (a list, a map or null)
 */
export function secretField(id: string, fields: Readonly<Record<string, unknown>>, field: string): string {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (value === undefined) throw new PenstockError('secret.unknown', `The secret "${id}" has no field "${field}".`);
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new PenstockError('secret.invalid', `The field "${field}" of the secret "${id}" is no text.`);
}
