import { Buffer } from 'node:buffer';
import type { Column } from '../shared/column.js';
import { isColumnName, MAX_COLUMNS } from './check-table-definition.js';
import type { NewFieldPolicy } from './connector.js';
import { type Frame, toLine } from './frame-record.js';
import { inferSchema } from './infer-schema.js';
import { type RowField, rowFields, textOf } from './row-fields.js';

/** Where `to_extra` keeps fields without a column: one JSON object per row. */
export const EXTRA_COLUMN: Column = { name: '_extra', type: 'Nullable(String)' };

/** A record and what `frameRecord` said of it. */
export interface FramedRecord {
  readonly data: Uint8Array;
  readonly frame: Frame;
}

/** A record that its policy refuses, by its place among those given, and the field that is to blame. */
export interface RefusedRecord {
  readonly index: number;
  readonly code: 'record.unknown-field' | 'record.not-json';
  readonly column?: string;
  readonly reason: string;
}

export interface NewFieldPlan {
  /** To be added before the insert; Nullable, or arrays, which are empty instead. */
  readonly addColumns: readonly Column[];
  /** One per record, refused ones included: as it was, or rewritten by `to_extra`. */
  readonly records: readonly FramedRecord[];
  readonly refused: readonly RefusedRecord[];
  /** For the insert: leave out what still has no column. */
  readonly skipUnknownFields: boolean;
}

/**
 * What becomes of fields that the table has no column for. A record whose brackets hold something else than fields is
 * left for ClickHouse to refuse; one with a field twice is refused here, because ClickHouse would call the second unknown.
 */
export function planNewFields(
  records: readonly FramedRecord[],
  columns: readonly Column[],
  policy: NewFieldPolicy,
): NewFieldPlan {
  const known = new Set(columns.map(({ name }) => name));
  if (policy === 'to_extra') known.delete(EXTRA_COLUMN.name);
  const found = records.map(({ data, frame }) => fieldsOf(data, frame, known));
  const repeated = found.flatMap(({ repeated: name }, index) =>
    name === undefined ? [] : [repeatedField(index, name)],
  );
  const plan = { addColumns: [] as readonly Column[], records, refused: repeated, skipUnknownFields: false };
  if (policy === 'ignore') return { ...plan, skipUnknownFields: true };
  if (policy === 'to_extra') return { ...plan, ...moveToExtra(records, found, columns) };
  if (policy === 'evolve') return evolve(plan, found, columns);
  return { ...plan, refused: [...repeated, ...unknownFields(found, () => true)].sort(byIndex) };
}

interface FoundFields {
  readonly fields: readonly RowField[];
  readonly unknown: readonly RowField[];
  readonly repeated: string | undefined;
}

function fieldsOf(data: Uint8Array, frame: Frame, known: ReadonlySet<string>): FoundFields {
  const fields = rowFields(data, frame) ?? [];
  const names = new Set<string>();
  const repeated = fields.find(({ name }) => names.size === names.add(name).size)?.name;
  return { fields, unknown: fields.filter(({ name }) => !known.has(name)), repeated };
}

function repeatedField(index: number, column: string): RefusedRecord {
  return { index, code: 'record.not-json', column, reason: 'The record has a field twice.' };
}

function unknownFields(found: readonly FoundFields[], isRefused: (name: string) => boolean): RefusedRecord[] {
  return found.flatMap(({ unknown, repeated }, index) => {
    const field = unknown.find(({ name }) => isRefused(name));
    if (field === undefined || repeated !== undefined) return [];
    const reason = 'The table has no column for the field.';
    return [{ index, code: 'record.unknown-field' as const, column: field.name, reason }];
  });
}

const byIndex = (a: RefusedRecord, b: RefusedRecord): number => a.index - b.index;

/** Columns for as many new fields as a table can have; records with others are refused. */
function evolve(plan: NewFieldPlan, found: readonly FoundFields[], columns: readonly Column[]): NewFieldPlan {
  const fragments = plan.records.flatMap(({ data }, index) => {
    const { unknown, repeated } = found[index] ?? { unknown: [] };
    return unknown.length === 0 || repeated !== undefined ? [] : [objectOf(data, unknown)];
  });
  const room = MAX_COLUMNS - columns.length;
  const addColumns = inferNullable(fragments).slice(0, Math.max(0, room));
  const added = new Set(addColumns.map(({ name }) => name));
  const refused = [...plan.refused, ...unknownFields(found, (name) => !added.has(name))].sort(byIndex);
  return { ...plan, addColumns, refused };
}

/** A column that is added later was never in the rows before, so that it cannot be part of a sort key. */
function inferNullable(events: readonly Uint8Array[]): Column[] {
  const { columns } = inferSchema(events, { sortKey: false });
  return columns.filter(({ name }) => isColumnName(name)).map(({ name, type }) => ({ name, type }));
}

function moveToExtra(
  records: readonly FramedRecord[],
  found: readonly FoundFields[],
  columns: readonly Column[],
): Pick<NewFieldPlan, 'addColumns' | 'records'> {
  const rewritten = records.map((record, index) => {
    const { fields, unknown, repeated } = found[index] ?? { fields: [], unknown: [] };
    return unknown.length === 0 || repeated !== undefined ? record : withExtra(record.data, fields, unknown);
  });
  const needed = rewritten.some((record, index) => record !== records[index]);
  const there = columns.some(({ name }) => name === EXTRA_COLUMN.name);
  return { addColumns: needed && !there ? [EXTRA_COLUMN] : [], records: rewritten };
}

function withExtra(data: Uint8Array, fields: readonly RowField[], unknown: readonly RowField[]): FramedRecord {
  const kept = objectOf(
    data,
    fields.filter((field) => !unknown.includes(field)),
  );
  const extra = JSON.stringify(objectOf(data, unknown).toString('utf8'));
  const frame: Frame = { start: 0, end: kept.length, empty: kept.length === 2, broken: true };
  const line = toLine(kept, frame, Buffer.from(`"${EXTRA_COLUMN.name}":${extra}`));
  return { data: line, frame: { start: 0, end: line.length, empty: false, broken: false } };
}

/** An object of some fields of the record, in the record's own bytes. */
function objectOf(data: Uint8Array, fields: readonly RowField[]): Buffer {
  return Buffer.from(`{${fields.map(({ start, valueEnd }) => textOf(data, start, valueEnd)).join(',')}}`);
}
