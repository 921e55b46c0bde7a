import { PenstockError } from '../../errors.js';
import { fieldText } from './field-text.js';
import { CSV_FAULT, RecordScanner } from './record-scanner.js';

/** Marks between fields that are recognised by themselves. */
export const DELIMITERS = [',', ';', '\t', '|'] as const;

export interface CsvHeader {
  readonly names: readonly string[];
  readonly delimiter: string;
  /** The bytes of the header and its line end. */
  readonly length: number;
  readonly lines: number;
}

export interface HeaderRequest {
  /** Left out: found by the header, with the help of names that the table has. */
  readonly delimiter?: string | undefined;
  readonly known: ReadonlySet<string>;
}

/**
 * Reads the header at the beginning of `bytes`, whose BOM is off already.
 *
 * @throws PenstockError `csv.invalid`
 */
export function readHeader(bytes: Uint8Array, isLast: boolean, { delimiter, known }: HeaderRequest): CsvHeader {
  if (bytes.length === 0) throw new PenstockError('csv.invalid', 'The file is empty: not even a header is there.');
  if (delimiter !== undefined) checkDelimiter(delimiter);
  const tries = (delimiter === undefined ? DELIMITERS : [delimiter]).map((mark) => headerBy(bytes, isLast, mark));
  const score = ({ names }: CsvHeader): number =>
    names.filter((name) => known.has(name)).length * 10_000 + names.length;
  const headers = tries.filter((found) => found !== undefined).sort((a, b) => score(b) - score(a));
  const [best] = headers;
  if (best === undefined)
    throw new PenstockError(
      'csv.invalid',
      'Line 1 is not a header of CSV: a quote is out of place, or lines end with a lone carriage return.',
    );
  return best;
}

function checkDelimiter(delimiter: string): void {
  if (/^[\x20-\x7e\t]$/.test(delimiter) && !/["\r\n\\]/.test(delimiter)) return;
  throw new PenstockError('csv.invalid', 'A delimiter is one character of ASCII, and not a quote or a backslash.');
}

function headerBy(bytes: Uint8Array, isLast: boolean, delimiter: string): CsvHeader | undefined {
  const scanner = new RecordScanner(delimiter.codePointAt(0) ?? 0);
  scanner.feed(bytes, 0, bytes.length, isLast);
  if (!scanner.next() || scanner.fault !== CSV_FAULT.none) return undefined;
  const names = Array.from({ length: scanner.fields }, (_, index) => (fieldText(scanner, bytes, index) ?? '').trim());
  return { names, delimiter, length: scanner.after, lines: scanner.lines };
}
