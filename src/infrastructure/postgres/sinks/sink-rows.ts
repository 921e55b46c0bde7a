import { type Fault, PenstockError } from '../../../domain/errors.js';
import type { SinkRow } from '../../../domain/ports/warehouse-sink.port.js';
import { COLUMN_READERS, type ColumnReader, isMisfit } from '../../../domain/warehouse-loading/column-reader.js';
import type { SinkTable, SinkTableColumn } from './sink-table.js';

/** Rows as texts, for the columns that one of them has at least: the others take their defaults. */
export interface SinkTexts {
  readonly columns: readonly SinkTableColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** More faults help nobody. */
const MOST_FAULTS = 100;

/** @throws PenstockError `rows.rejected` with a fault for each value that does not fit, by row and column */
export function sinkTexts(table: SinkTable, rows: readonly SinkRow[]): SinkTexts {
  const given = new Set(rows.flatMap((row) => Object.keys(row)));
  const columns = table.columns.filter(({ name, isRequired }) => isRequired || given.has(name));
  const known = new Set(columns.map(({ name }) => name));
  const unknown = [...given].filter((name) => !known.has(name));
  const readers = columns.map(({ type }) => readerOf(type));
  const faults: Fault[] = [];
  const texts = rows.map((row, index) => {
    for (const name of unknown) {
      if (Object.hasOwn(row, name)) faults.push({ path: `rows.${index}.${name}`, message: 'is no column of the table' });
    }
    if (faults.length >= MOST_FAULTS) throw rejection(faults);
    return columns.map((column, at) => {
      const text = textOf(column, readers[at] ?? COLUMN_READERS.text, row[column.name]);
      if (!isMisfit(text)) return text;
      faults.push({ path: `rows.${index}.${column.name}`, message: text.misfit });
      return null;
    });
  });
  if (faults.length > 0) throw rejection(faults);
  return { columns, rows: texts };
}

function textOf({ isNullable }: SinkTableColumn, read: ColumnReader, value: unknown): ReturnType<ColumnReader> | null {
  if (value !== null && value !== undefined) return read(value);
  return isNullable ? null : { misfit: 'must not be null' };
}

/** Of other types PostgreSQL itself decides what it takes. */
function readerOf(type: string): ColumnReader {
  if (type === 'bigint') return COLUMN_READERS.bigint;
  if (type === 'integer' || type === 'smallint') return COLUMN_READERS.integer;
  if (type === 'double precision' || type === 'real') return COLUMN_READERS.float;
  if (type === 'boolean') return COLUMN_READERS.boolean;
  if (type === 'json' || type === 'jsonb') return COLUMN_READERS.json;
  if (type === 'date') return readDate;
  if (type.startsWith('timestamp')) return COLUMN_READERS.timestamp;
  return type.startsWith('numeric') ? readNumeric : COLUMN_READERS.text;
}

function readDate(value: unknown): ReturnType<ColumnReader> {
  const moment = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? COLUMN_READERS.timestamp(value) : '';
  return typeof moment === 'string' && moment !== '' ? moment.slice(0, 10) : { misfit: 'must be a day: YYYY-MM-DD' };
}

function readNumeric(value: unknown): ReturnType<ColumnReader> {
  const isDigits = typeof value === 'string' && /^-?\d{1,1000}(\.\d{1,1000})?$/.test(value);
  return isDigits ? value : COLUMN_READERS.float(value);
}

function rejection(faults: readonly Fault[]): PenstockError {
  const message = 'Rows of the batch do not fit the table; nothing was written.';
  return new PenstockError('rows.rejected', message, { faults: faults.slice(0, MOST_FAULTS) });
}
