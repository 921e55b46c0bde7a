import { Buffer } from 'node:buffer';
import { fieldText } from '../../../../src/domain/sales-reporting/csv/field-text.js';
import { CSV_FAULT, RecordScanner } from '../../../../src/domain/sales-reporting/csv/record-scanner.js';

export interface ScannedRow {
  readonly fields: readonly (string | null)[];
  readonly fault: number;
  readonly line: number;
  readonly raw: string;
}

/** All records of a text that comes in pieces, cut at the given places. */
export function scannedRows(text: string | Uint8Array, cuts: readonly number[] = [], delimiter = ','): ScannedRow[] {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const scanner = new RecordScanner(delimiter.codePointAt(0)!);
  const rows: ScannedRow[] = [];
  let line = 1;
  let carry: Uint8Array = new Uint8Array(0);
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  for (const [index, end] of [...places, bytes.length].entries()) {
    const begin = index === 0 ? 0 : places[index - 1]!;
    const piece = Buffer.concat([carry, bytes.subarray(begin, end)]);
    scanner.feed(piece, 0, piece.length, index === places.length);
    while (scanner.next()) {
      const isWhole = scanner.fault !== CSV_FAULT.openQuote && scanner.fault !== CSV_FAULT.tooLong;
      const count = isWhole ? scanner.fields : 0;
      rows.push({
        fields: Array.from({ length: count }, (_, field) => fieldText(scanner, piece, field)),
        fault: scanner.fault,
        line,
        raw: Buffer.from(piece.subarray(scanner.start, scanner.stop)).toString(),
      });
      line += scanner.lines;
    }
    carry = piece.subarray(scanner.after);
  }
  return rows;
}
