import type { ImportTable, TableColumn } from '../../domain/sales-reporting/import-table.js';
import { fieldText } from '../../domain/sales-reporting/csv/field-text.js';
import type { RecordScanner } from '../../domain/sales-reporting/csv/record-scanner.js';

/** Between parts of a key; no text of PostgreSQL holds it. */
const SEPARATOR = '\0';

type Canon = (text: string) => string;

/** Reads the key of a record as PostgreSQL writes it, so that equal keys are equal texts. */
export class KeyReader {
  private constructor(
    readonly columns: readonly string[],
    private readonly parts: readonly { readonly index: number; readonly canon: Canon }[],
  ) {}

  /** @param names columns of the file, in its order. @returns undefined for types whose texts are not known to be unique */
  static of(table: ImportTable, names: readonly string[], key: readonly string[]): KeyReader | undefined {
    const parts = key.flatMap((name) => {
      const canon = canonOf(table.columns.find((column) => column.name === name));
      const index = names.indexOf(name);
      return canon === undefined || index < 0 ? [] : [{ index, canon }];
    });
    return parts.length === key.length ? new KeyReader(key, parts) : undefined;
  }

  /** @returns undefined for a key with a part that is null: it equals none */
  read(scanner: RecordScanner, bytes: Uint8Array): string | undefined {
    let key = '';
    for (const { index, canon } of this.parts) {
      const text = fieldText(scanner, bytes, index);
      if (text === null) return undefined;
      key += canon(text) + SEPARATOR;
    }
    return key;
  }

  /** Of a row of the database. */
  static join(texts: readonly string[]): string {
    return texts.map((text) => text + SEPARATOR).join('');
  }
}

/** For values that have passed the checks of their columns. */
function canonOf(column: TableColumn | undefined): Canon | undefined {
  if (column === undefined) return undefined;
  const { type, scale } = column;
  if (type === 'text' || type === 'varchar') return (text) => text;
  if (/^int[248]$/.test(type)) return (text) => BigInt(text.trim().replace('+', '')).toString();
  if (type === 'date') return (text) => text.trim().replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  if (type === 'numeric' && scale !== undefined) return (text) => decimal(text.trim(), scale);
  return undefined;
}

/** `+01.5` with two digits after the point is `1.50`; exponents stay as they are, and are found by nobody. */
function decimal(text: string, scale: number): string {
  const parts = /^([+-]?)0*(\d*)\.?(\d*?)0*$/.exec(text);
  if (parts === null) return text;
  const [, sign = '', whole = '', fraction = ''] = parts;
  const isZero = whole === '' && fraction === '';
  const digits = scale === 0 ? '' : `.${fraction.padEnd(scale, '0')}`;
  return `${sign === '-' && !isZero ? '-' : ''}${whole === '' ? '0' : whole}${digits}`;
}
