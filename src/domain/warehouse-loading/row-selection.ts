import { createHash } from 'node:crypto';
import { type Fault, PenstockError } from '../errors.js';
import { decodeCursor, encodeCursor } from '../shared/cursor.js';
import { COLUMN_READERS } from './column-reader.js';
import { type DwhColumn, type DwhTable, ID_COLUMN } from './dwh-tables.js';
import type { WarehouseEngine } from './warehouse-engine.js';

/** What a caller asks for, in words of the outside. */
export interface SelectRows {
  /** Whose rows these are, where there are several: the cursors of one are no places in another. */
  readonly engine?: WarehouseEngine;
  /** Equality by column; values are texts. */
  readonly filters?: Readonly<Record<string, string>>;
  /** Equality with the key, or with `id` where the table has none. */
  readonly pk?: string;
  readonly sortBy?: string;
  readonly sortDir?: string;
  readonly cursor?: string;
}

/** The same, checked: what it names is there. */
export interface RowSelection {
  readonly engine?: WarehouseEngine;
  readonly table: DwhTable;
  /** All of them hold, also two of one column. */
  readonly filters: readonly RowFilter[];
  readonly sort: DwhColumn;
  readonly isDescending: boolean;
  /** The row after which to begin. */
  readonly after?: RowPosition;
}

export interface RowFilter {
  readonly column: DwhColumn;
  /** As column-reader.ts reads it. */
  readonly text: string;
}

/** A row's place in the order. */
export interface RowPosition {
  readonly sortText: string | LongText | null;
  readonly id: string;
}

/** A text that is too long to stand in a cursor; the row of the place still has it, or the place is lost. */
export interface LongText {
  readonly sha256: string;
}

/** Bytes of rows in one page, as the engine sends them; a row that is larger is a page of its own. */
export const MAX_PAGE_BYTES = 16 * 1024 * 1024;
/** Cursors go into URLs. */
const MAX_CURSOR_TEXT = 1000;

const DIRECTIONS: ReadonlySet<string> = new Set(['asc', 'desc']);

/** @throws PenstockError `request.invalid` with all that is wrong, `cursor.invalid` */
export function rowSelection(table: DwhTable, request: SelectRows): RowSelection {
  const columns = new Map([ID_COLUMN, ...table.columns].map((column) => [column.name, column]));
  const { sortBy = ID_COLUMN.name, sortDir = 'asc', pk, cursor, engine } = request;
  const sort = columns.get(sortBy);
  const wanted = [...Object.entries(request.filters ?? {}), ...(pk === undefined ? [] : [[keyOf(table), pk] as const])];
  const filters = wanted.map(([name, value]) => filterOf(columns.get(name), name, value));
  const faults = [
    ...filters.flatMap((filter) => ('path' in filter ? [filter] : [])),
    ...sortFaults(sort, table),
    ...(DIRECTIONS.has(sortDir) ? [] : [{ path: 'sort_dir', message: 'must be asc or desc' }]),
  ];
  if (faults.length > 0 || sort === undefined) {
    throw new PenstockError('request.invalid', 'The rows cannot be selected like that.', { faults });
  }
  const selection = {
    ...(engine !== undefined && { engine }),
    table,
    sort,
    filters: filters.filter((filter) => 'column' in filter),
    isDescending: sortDir === 'desc',
  };
  return cursor === undefined ? selection : { ...selection, after: readCursor(cursor, selection) };
}

/** Where the list goes on after a row: a place in this list only. */
export function cursorAfter(row: Readonly<Record<string, unknown>>, selection: RowSelection): string {
  const text = textIn(row, selection.sort.name);
  const isTooLong = text !== null && text.length > MAX_CURSOR_TEXT;
  const place = isTooLong ? { sha256: createHash('sha256').update(text).digest('hex') } : text;
  return encodeCursor(JSON.stringify([listMark(selection), place, textIn(row, ID_COLUMN.name)]));
}

export function isLong(text: string | LongText | null | undefined): text is LongText {
  return typeof text === 'object' && text !== null;
}

/** To be thrown where the row of a long text is no longer what it was. */
export function placeLost(): PenstockError {
  const message =
    'The row the cursor stands behind has changed since, or is gone. Begin the list again without a cursor.';
  return new PenstockError('cursor.invalid', message);
}

function keyOf({ key = ID_COLUMN.name }: DwhTable): string {
  return key;
}

const MARK_DIGITS = 16;

/** The same for every page of a list, in whatever order its filters are named; another one for any other list. */
function listMark({ engine, table, sort, isDescending, filters }: RowSelection): string {
  const conditions = filters.map(({ column, text }) => JSON.stringify([column.name, text])).sort();
  return createHash('sha256')
    .update(JSON.stringify([engine, table.table, sort.name, isDescending, conditions]))
    .digest('hex')
    .slice(0, MARK_DIGITS);
}

/** As rows are loaded: the service gives each an id, and takes none. */
export function withoutId<T>(row: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const { [ID_COLUMN.name]: _, ...rest } = row;
  return rest;
}

/** Of a column that is no `json`. */
function textIn(row: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = row[name] as string | number | boolean | null | undefined; // what columns that are no json hold
  return value === null || value === undefined ? null : String(value);
}

function filterOf(column: DwhColumn | undefined, name: string, value: string): RowFilter | Fault {
  if (column === undefined) return { path: name.slice(0, MAX_NAME), message: 'is no column of the table' };
  const text = COLUMN_READERS[column.type](column.type === 'json' ? parsed(value) : value);
  return typeof text === 'string' ? { column, text } : { path: name, message: text.misfit };
}

/** What is no JSON is refused as what no JSON holds. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return Number.NaN;
  }
}

const MAX_NAME = 100;

function sortFaults(sort: DwhColumn | undefined, { columns }: DwhTable): Fault[] {
  if (sort !== undefined && sort.type !== 'json') return [];
  const sortable = columns.filter(({ type }) => type !== 'json').map(({ name }) => name);
  return [{ path: 'sort_by', message: `must be one of ${[ID_COLUMN.name, ...sortable].join(', ')}` }];
}

function readCursor(cursor: string, selection: RowSelection): RowPosition {
  const { sort } = selection;
  const [mark, sortText, id] = placeIn(cursor);
  if (mark !== listMark(selection)) throw notOurs();
  return {
    sortText: sortText === null ? null : (longText(sortText, sort) ?? readAs(sort, sortText)),
    id: readAs(ID_COLUMN, id),
  };
}

function longText(value: unknown, { type }: DwhColumn): LongText | undefined {
  const { sha256 } = Object(value) as { readonly sha256?: unknown };
  return type === 'text' && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : undefined;
}

/** What was changed on the way may be no value of the column any more. */
function readAs({ type }: DwhColumn, value: unknown): string {
  const text = typeof value === 'string' ? COLUMN_READERS[type](value) : undefined;
  if (typeof text !== 'string') throw notOurs();
  return text;
}

function placeIn(cursor: string): unknown[] {
  try {
    const place: unknown = JSON.parse(decodeCursor(cursor));
    if (Array.isArray(place)) return place;
  } catch (cause) {
    if (cause instanceof PenstockError) throw cause;
  }
  throw notOurs();
}

function notOurs(): PenstockError {
  return new PenstockError(
    'cursor.invalid',
    'The cursor is not one of this list: of this table and engine, in this order, with these filters.',
  );
}
