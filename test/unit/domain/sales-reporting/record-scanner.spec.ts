import { describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES } from '../../../../src/domain/sales-reporting/csv/csv-limits.js';
import { CSV_FAULT, type CsvFault } from '../../../../src/domain/sales-reporting/csv/record-scanner.js';
import { scannedRows } from './scanned-rows.js';

const { none, strayQuote, afterQuote, carriageReturn, openQuote, tooLong } = CSV_FAULT;

describe('RecordScanner', () => {
  it('tells nothing from an empty text', () => {
    expect(scannedRows('a,,""\n')[0]!.fields).toEqual(['a', null, '']);
  });

  it('counts physical lines, those in quotes too', () => {
    const rows = scannedRows('a,"1\n2\r\n3"\nb,c\r\n\nd,e');
    expect(rows.map(({ line }) => line)).toEqual([1, 4, 5, 6]);
    expect(rows[0]!.fields).toEqual(['a', '1\n2\r\n3']);
  });

  it.each<[string, readonly CsvFault[]]>([
    ['a"b,c\nd,e\n', [strayQuote, none]],
    ['"a"b,c\nd,e\n', [afterQuote, none]],
    ['"a" ,c\nd,e\n', [afterQuote, none]],
    ['a\rb,c\nd,e\n', [carriageReturn, none]],
    ['"a"\rb\nd,e\n', [afterQuote, none]],
    ['a,"b\nc,d\ne,f\n', [openQuote, none, none]],
    ['a,b\n"', [none, openQuote]],
    ['a,"b\nc,"d"\ne,f\n', [openQuote, none, none]],
    ['a,"b\nc,d\ne,"f,g"\nh,i\n', [openQuote, none, none, none]],
    ['a,b\r', [none]],
    ['"a""', [openQuote]],
  ])('names what is wrong in %j, and goes on with the next line', (text, faults) => {
    expect(scannedRows(text).map(({ fault }) => fault)).toEqual(faults);
    expect(
      scannedRows(
        text,
        Array.from(text).map((_, at) => at),
      ).map(({ fault }) => fault),
    ).toEqual(faults);
  });

  it('takes a record as long as the limit, and refuses a longer one alone', () => {
    const fits = 'x'.repeat(MAX_RECORD_BYTES);
    const rows = scannedRows(`a\n${fits}\n${fits}y\nb\n"${fits}"\nc\n`, [10, 500_000, 1_100_000, 2_500_000]);
    expect(rows.map(({ fault }) => fault)).toEqual([none, none, tooLong, none, tooLong, none]);
    expect(rows.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('does not let one open quote swallow what comes megabytes behind it', () => {
    const good = 'good,row\n'.repeat(300_000);
    const rows = scannedRows(
      `a,"b\n${good}`,
      Array.from({ length: 20 }, (_, n) => n * 140_000),
    );
    expect(rows[0]!.fault).toBe(tooLong);
    expect(rows).toHaveLength(300_001);
    expect(rows.slice(1).every(({ fault }) => fault === none)).toBe(true);
  });
});
