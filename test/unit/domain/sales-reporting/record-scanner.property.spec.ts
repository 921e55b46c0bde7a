import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CSV_FAULT } from '../../../../src/domain/sales-reporting/csv/record-scanner.js';
import { scannedRows } from './scanned-rows.js';

const DELIMITER = fc.constantFrom(',', ';', '\t', '|');
/** Everything that means something to CSV, and something that means nothing. */
const TEXT = fc
  .array(fc.constantFrom('"', '""', ',', ';', '\t', '|', '\n', '\r\n', '\r', ' ', 'a', 'ß', '🙂', '0', '\\', '\\.'), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''));

interface File {
  readonly text: string;
  readonly delimiter: string;
}

/** A file that is right, however it is written: quotes where they are needed, or also where they are not. */
const FILE: fc.Arbitrary<File> = fc
  .record({
    delimiter: DELIMITER,
    rows: fc.array(fc.array(fc.tuple(TEXT, fc.boolean()), { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 8,
    }),
    ends: fc.array(fc.constantFrom('\n', '\r\n'), { minLength: 1, maxLength: 8 }),
    hasLastEnd: fc.boolean(),
  })
  .map(({ delimiter, rows, ends, hasLastEnd }) => {
    const lines = rows.map((cells) => cells.map(([cell, quotes]) => written(cell, delimiter, quotes)).join(delimiter));
    const text = lines.map((line, n) => line + ends[n % ends.length]!).join('');
    return { text: hasLastEnd ? text : text.replace(/\r?\n$/, ''), delimiter };
  });

function written(cell: string, delimiter: string, quotes: boolean): string {
  const isNeeded = cell.includes(delimiter) || /["\r\n]/.test(cell) || cell === '';
  return isNeeded || quotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}

const CUTS = fc.array(fc.nat(400), { maxLength: 6 });

describe('RecordScanner beside csv-parse', () => {
  it('finds the same fields in whatever is right, wherever the pieces are cut', () => {
    fc.assert(
      fc.property(FILE, CUTS, ({ text, delimiter }, cuts) => {
        const expected = parse(text, {
          delimiter,
          relax_column_count: true,
          record_delimiter: ['\r\n', '\n'],
        });
        const rows = scannedRows(text, cuts, delimiter);
        expect(rows.map(({ fault }) => fault)).toEqual(rows.map(() => CSV_FAULT.none));
        expect(rows.map(({ fields }) => fields.map((field) => field ?? ''))).toEqual(expected);
      }),
      { numRuns: 1500 },
    );
  });

  it('refuses no more and no less than csv-parse does, as long as no quote is left open', () => {
    fc.assert(
      fc.property(TEXT, TEXT, TEXT, (one, two, three) => {
        const text = `${one},${two}\n${three}\n`;
        const rows = scannedRows(text);
        const isRight = rows.every(({ fault }) => fault === CSV_FAULT.none);
        let parsed: string[][] | undefined;
        try {
          parsed = parse(text, { relax_column_count: true, record_delimiter: ['\r\n', '\n'] });
        } catch {
          parsed = undefined;
        }
        // A lone carriage return outside of quotes is text to csv-parse, and an error to COPY.
        if (rows.some(({ fault }) => fault === CSV_FAULT.carriageReturn)) return;
        expect(isRight).toBe(parsed !== undefined);
        if (isRight) expect(rows.map(({ fields }) => fields.map((field) => field ?? ''))).toEqual(parsed);
      }),
      { numRuns: 3000 },
    );
  });

  it('finds the same records in anything at all, whether it comes at once or byte by byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), TEXT, CUTS, (noise, text, cuts) => {
        const bytes = Buffer.concat([noise, Buffer.from(`\n${text}\n${text},${text}`), noise]);
        const whole = scannedRows(bytes);
        expect(scannedRows(bytes, cuts)).toEqual(whole);
        expect(scannedRows(bytes, Array.from(bytes.keys()))).toEqual(whole);
      }),
      { numRuns: 1000 },
    );
  });

  it('loses no byte: records and line ends make up the file', () => {
    fc.assert(
      fc.property(fc.array(TEXT, { maxLength: 12 }), (parts) => {
        const text = parts.join('\n');
        const joined = scannedRows(text)
          .map(({ raw }) => raw)
          .join('')
          .replaceAll(/[\r\n]/g, '');
        expect(joined).toBe(text.replaceAll(/[\r\n]/g, ''));
      }),
      { numRuns: 1000 },
    );
  });
});
