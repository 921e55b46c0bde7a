import { Buffer } from 'node:buffer';
import type { Column } from '../shared/column.js';
import { MAX_COLUMNS } from './check-table-definition.js';
import { nullable } from './column-type.js';
import type { NewFieldPolicy } from './connector.js';
import { inferSchema } from './infer-schema.js';
import { JsonNumber, JsonObject, type JsonValue, parseLosslessJson } from './lossless-json.js';

/** The column that takes fields without a column under the policy `to_extra`: a JSON object, as text. */
export const EXTRA_COLUMN: Column = { name: '_extra', type: 'Nullable(String)' };

/** What to do so that lines with new fields fit their table. */
export interface NewFields {
  /** Columns to add before the lines are tried again; all Nullable. */
  readonly addColumns: readonly Column[];
  /** The lines, at their index; changed ones under `to_extra`. */
  readonly lines: readonly Uint8Array[];
  /** Lines that stay out, with the first field nobody has a column for. */
  readonly rejected: readonly { readonly index: number; readonly field: string }[];
}

/**
 * Applies `onNewField` to lines of which some have fields without a column.
 *
 * @returns undefined when no line has one, or the policy is to ignore them; lines that are no JSON objects are left alone
 */
export function handleNewFields(
  lines: readonly Uint8Array[],
  columns: readonly Column[],
  policy: NewFieldPolicy,
): NewFields | undefined {
  if (policy === 'ignore') return undefined;
  const known = new Set(columns.map(({ name }) => name));
  const strangers = findStrangers(lines, known);
  if (strangers.length === 0) return undefined;
  if (policy === 'reject') return { addColumns: [], lines, rejected: strangers.map(toRejected) };
  return policy === 'evolve' ? evolve(lines, strangers, known.size) : moveToExtra(lines, strangers, known);
}

/** A line with fields nobody has a column for. */
interface Stranger {
  readonly index: number;
  readonly object: JsonObject;
  readonly fields: readonly [string, ...string[]];
}

function findStrangers(lines: readonly Uint8Array[], known: ReadonlySet<string>): Stranger[] {
  return lines.flatMap((line, index) => {
    const object = parseLosslessJson(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8'));
    if (!(object instanceof JsonObject)) return [];
    const [first, ...rest] = [...object.fields.keys()].filter((name) => !known.has(name));
    return first === undefined ? [] : [{ index, object, fields: [first, ...rest] }];
  });
}

const toRejected = ({ index, fields }: Stranger): { index: number; field: string } => ({ index, field: fields[0] });

function evolve(lines: readonly Uint8Array[], strangers: readonly Stranger[], knownColumns: number): NewFields {
  const events = strangers.map(({ object, fields }) => Buffer.from(pickText(object, fields)));
  const room = Math.max(0, MAX_COLUMNS - knownColumns);
  const addColumns = inferSchema(events)
    .columns.slice(0, room)
    .map(({ name, type }) => ({ name, type: nullable(type) }));
  const added = new Set(addColumns.map(({ name }) => name));
  const rejected = strangers.flatMap(({ index, fields }) => {
    const field = fields.find((name) => !added.has(name));
    return field === undefined ? [] : [{ index, field }];
  });
  return { addColumns, lines, rejected };
}

function moveToExtra(
  lines: readonly Uint8Array[],
  strangers: readonly Stranger[],
  known: ReadonlySet<string>,
): NewFields {
  const changed = [...lines];
  for (const { index, object, fields } of strangers) {
    const own = object.fields.has(EXTRA_COLUMN.name) && !fields.includes(EXTRA_COLUMN.name) ? [EXTRA_COLUMN.name] : [];
    const extra = pickText(object, [...fields, ...own]);
    const kept = [...object.fields.keys()].filter((name) => known.has(name) && name !== EXTRA_COLUMN.name);
    const body = kept.map((name) => fieldText(object, name));
    changed[index] = Buffer.from(`{${[...body, `"${EXTRA_COLUMN.name}":${JSON.stringify(extra)}`].join(',')}}`);
  }
  return { addColumns: known.has(EXTRA_COLUMN.name) ? [] : [EXTRA_COLUMN], lines: changed, rejected: [] };
}

function pickText(object: JsonObject, names: readonly string[]): string {
  return `{${names.map((name) => fieldText(object, name)).join(',')}}`;
}

function fieldText(object: JsonObject, name: string): string {
  return `${JSON.stringify(name)}:${jsonText(object.fields.get(name) ?? null)}`;
}

/** The value as JSON text, with every digit its numbers had. */
export function jsonText(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof JsonObject) return pickText(value, [...value.fields.keys()]);
  if (isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  return JSON.stringify(value);
}

const isArray = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
