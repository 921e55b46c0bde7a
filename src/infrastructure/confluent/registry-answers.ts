import { type ErrorCode, PenstockError } from '../../domain/errors.js';
import type { RegisteredSchema, SchemaReference, SchemaVersion } from '../../domain/ports/schema-registry.port.js';
import type { RegistryAnswer } from './registry-http.js';

type Fields = Readonly<Record<string, unknown>>;

/** Confluent's codes of errors that have a meaning of their own here; all others are refusals. */
const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [409, 'schema.incompatible'],
  [40901, 'schema.incompatible'],
  [422, 'schema.invalid'],
  [42201, 'schema.invalid'],
  [42202, 'schema-version.invalid'],
  [42205, 'registry.read-only'],
  [42208, 'subject.invalid'],
]);
const MOST_WORDS = 2000;

/** The fields of an answer; undefined when there is no such thing. @throws PenstockError by the registry's code */
export function fieldsOf({ status, body }: RegistryAnswer): Fields | undefined {
  if (status === 404) return undefined;
  if (status < 200 || status > 299) throw refusal(status, body);
  if (!isFields(body))
    throw new PenstockError('registry.refused', 'The schema registry answered with something else than JSON.');
  return body;
}

export function refusal(status: number, body: unknown): PenstockError {
  const code = CODES.get(errorCode(body)) ?? 'registry.refused';
  const words = isFields(body) ? text(body['message']).slice(0, MOST_WORDS) : '';
  const message =
    code === 'registry.refused'
      ? `The schema registry answered with ${status}${words === '' ? '' : `: ${words}`}.`
      : words;
  return new PenstockError(code, message);
}

/** The registry's number for what is wrong, else 0. */
export function errorCode(body: unknown): number {
  return isFields(body) ? Number(body['error_code'] ?? 0) : 0;
}

export function schemaIn(fields: Fields, id: number): RegisteredSchema {
  return {
    id,
    guid: text(fields['guid']),
    schema: text(fields['schema']),
    references: Array.isArray(fields['references']) ? fields['references'].filter(isFields).map(referenceIn) : [],
  };
}

export function versionIn(fields: Fields): SchemaVersion {
  const { subject, version, id } = fields;
  return { subject: text(subject), version: Number(version), ...schemaIn(fields, Number(id)) };
}

export function messagesIn(fields: Fields): string[] {
  return Array.isArray(fields['messages']) ? fields['messages'].map(text) : [];
}

function referenceIn({ name, subject, version }: Fields): SchemaReference {
  return { name: text(name), subject: text(subject), version: Number(version) };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
