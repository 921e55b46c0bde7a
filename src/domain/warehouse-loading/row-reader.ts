import { Buffer } from 'node:buffer';
import type { Fault } from '../errors.js';
import { COLUMN_READERS, type ColumnReader, isMisfit, type Misfit } from './column-reader.js';
import { type DwhTable, ID_COLUMN } from './dwh-tables.js';

/** One text, or null, for each column of the table, in its order. */
export type TextRow = readonly (string | null)[];

/** Indexes of PostgreSQL take no more than about 2,700 bytes. */
const MAX_KEY_BYTES = 2000;

/** More faults help nobody. */
export const MAX_ROW_FAULTS = 100;

interface ReadColumn {
  readonly name: string;
  /** Of a field that may not be there. */
  readonly read: (value: unknown) => string | null | Misfit;
}

/** Reads rows of one table from JSON values: made once a load, because the same is done with every row. */
export class RowReader {
  private readonly columns: readonly ReadColumn[];

  constructor(private readonly table: DwhTable) {
    this.columns = table.columns.map(({ name, type }) => {
      const read = COLUMN_READERS[type];
      return { name, read: name === table.key ? keyReader(read) : valueReader(read) };
    });
  }

  /** @returns what is wrong with the row, where something is; paths are columns, or empty for the row itself */
  read(row: unknown): TextRow | { readonly faults: readonly Fault[] } {
    if (!isRecord(row)) return { faults: [{ path: '', message: 'must be an object' }] };
    const texts: (string | null)[] = [];
    let known = 0;
    for (const column of this.columns) {
      const value = row[column.name];
      if (value !== undefined) known += 1;
      const text = column.read(value);
      if (isMisfit(text)) return { faults: this.faultsOf(row) };
      texts.push(text);
    }
    return known < Object.keys(row).length ? { faults: this.faultsOf(row) } : texts;
  }

  /** What is wrong, up to what is told; slower, and only asked for when something is. */
  private faultsOf(row: Readonly<Record<string, unknown>>): Fault[] {
    const known = new Set(this.columns.map(({ name }) => name));
    const unknown = Object.keys(row).filter((name) => !known.has(name));
    const faults = [
      ...unknown
        .slice(0, MAX_ROW_FAULTS)
        .map((name) => ({ path: shownName(name), message: unknownMessage(name, this.table) })),
      ...this.columns.flatMap(({ name, read }) => {
        const text = read(row[name]);
        return isMisfit(text) ? [{ path: name, message: text.misfit }] : [];
      }),
    ];
    return faults.slice(0, MAX_ROW_FAULTS);
  }
}

function isRecord(row: unknown): row is Readonly<Record<string, unknown>> {
  return typeof row === 'object' && row !== null && !Array.isArray(row);
}

function valueReader(read: ColumnReader): (value: unknown) => string | null | Misfit {
  return (value) => (value === undefined || value === null ? null : read(value));
}

function keyReader(read: ColumnReader): (value: unknown) => string | Misfit {
  return (value) => {
    if (value === undefined || value === null) return { misfit: 'is required: it is the key of the table' };
    const text = read(value);
    if (isMisfit(text) || text.length * 3 <= MAX_KEY_BYTES || Buffer.byteLength(text) <= MAX_KEY_BYTES) return text;
    return { misfit: `must not be longer than ${MAX_KEY_BYTES} bytes: it is the key of the table` };
  };
}

function unknownMessage(name: string, { table }: DwhTable): string {
  return name === ID_COLUMN.name ? 'is given by the service' : `is no column of ${table}`;
}

/** Longer names help nobody. */
const MAX_NAME = 100;

/** As faults tell it. */
export function shownName(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
}
