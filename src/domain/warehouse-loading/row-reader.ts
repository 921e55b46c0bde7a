import { Buffer } from 'node:buffer';
import type { Fault } from '../errors.js';
import { COLUMN_READERS, type ColumnReader } from './column-reader.js';
import { type DwhTable, ID_COLUMN } from './dwh-tables.js';

/** One text, or null, for each column of the table, in its order. */
export type TextRow = readonly (string | null)[];

/** Indexes of PostgreSQL take no more than about 2,700 bytes. */
const MAX_KEY_BYTES = 2000;

interface ReadColumn {
  readonly name: string;
  readonly read: ColumnReader;
}

/** Reads rows of one table from JSON values: made once a load, because the same is done with every row. */
export class RowReader {
  private readonly columns: readonly ReadColumn[];
  private readonly key: number;

  constructor(private readonly table: DwhTable) {
    this.columns = table.columns.map(({ name, type }) => ({ name, read: COLUMN_READERS[type] }));
    this.key = table.columns.findIndex(({ name }) => name === table.key);
  }

  /** @returns what is wrong with the row, where something is; paths are columns, or empty for the row itself */
  read(row: unknown): TextRow | { readonly faults: readonly Fault[] } {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return fault('', 'must be an object');
    const record = row as Readonly<Record<string, unknown>>; // just checked
    const texts: (string | null)[] = [];
    let known = 0;
    for (const { name, read } of this.columns) {
      const value = record[name];
      if (value !== undefined) known += 1;
      const text = value === undefined || value === null ? null : read(value);
      if (typeof text === 'object' && text !== null) return { faults: this.faultsOf(record) };
      texts.push(text);
    }
    if (known < Object.keys(record).length || this.lacksKey(texts)) return { faults: this.faultsOf(record) };
    return texts;
  }

  private lacksKey(texts: TextRow): boolean {
    return this.key >= 0 && keyMisfit(texts[this.key]) !== undefined;
  }

  /** All that is wrong; slower, and only asked for when something is. */
  private faultsOf(record: Readonly<Record<string, unknown>>): Fault[] {
    const known = new Set(this.columns.map(({ name }) => name));
    const unknown = Object.keys(record).filter((name) => !known.has(name));
    return [
      ...unknown.map((name) => ({ path: shown(name), message: unknownMessage(name, this.table) })),
      ...this.columns.flatMap((column, index) => {
        const value = record[column.name] ?? null;
        const text = value === null ? null : column.read(value);
        if (typeof text === 'object' && text !== null) return [{ path: column.name, message: text.misfit }];
        const misfit = index === this.key ? keyMisfit(text) : undefined;
        return misfit === undefined ? [] : [{ path: column.name, message: misfit }];
      }),
    ];
  }
}

function keyMisfit(text: string | null | undefined): string | undefined {
  if (text === null || text === undefined) return 'is required: it is the key of the table';
  const isLong = text.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(text) > MAX_KEY_BYTES;
  return isLong ? `must not be longer than ${MAX_KEY_BYTES} bytes: it is the key of the table` : undefined;
}

function unknownMessage(name: string, { table }: DwhTable): string {
  return name === ID_COLUMN.name ? 'is given by the service' : `is no column of ${table}`;
}

/** Longer names help nobody. */
const MAX_NAME = 100;

function shown(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
}

function fault(path: string, message: string): { readonly faults: readonly Fault[] } {
  return { faults: [{ path, message }] };
}
