import { describe, expect, it } from 'vitest';
import { breakdownPlace, placeText } from '../../../../src/domain/sales-reporting/breakdown-place.js';
import { addMonths, isDay, lastOfMonth } from '../../../../src/domain/sales-reporting/calendar.js';
import { nameText, parseQualifiedName } from '../../../../src/domain/sales-reporting/qualified-name.js';
import { reportRange } from '../../../../src/domain/sales-reporting/report-range.js';
import { reportTag, versionsOf } from '../../../../src/domain/sales-reporting/report-tag.js';
import { moneyText, wholeNumber } from '../../../../src/domain/sales-reporting/sales-report.js';

describe('the range of a report', () => {
  it.each(['2024-02-29', '0001-01-01', '9999-12-31'])('takes %s', (text) => {
    expect(reportRange({ startDate: text, endDate: text })).toEqual({ from: text, to: text });
  });

  it.each([
    '2023-02-29',
    '2024-13-01',
    '2024-1-1',
    '24-01-01',
    '2024-01-01T00:00',
    '0000-01-01',
    '',
    'today',
    '2024-01-01 ',
    '٢٠٢٤-٠١-٠١',
  ])('refuses %j', (text) => {
    expect(() => reportRange({ startDate: text })).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    expect(isDay(text)).toBe(false);
  });

  it('tells both faults at once, and an end before the start', () => {
    const faultsOf = (startDate: string, endDate: string): unknown => {
      try {
        return reportRange({ startDate, endDate });
      } catch (error) {
        return (error as { faults: { path: string }[] }).faults.map(({ path }) => path);
      }
    };
    expect(faultsOf('x', 'y')).toEqual(['start_date', 'end_date']);
    expect(faultsOf('2024-01-02', '2024-01-01')).toEqual(['end_date']);
  });
});

describe('months', () => {
  it('end and follow one another as in the calendar', () => {
    expect(['2024-02-03', '2023-02-03', '1900-02-01', '2000-02-01', '2024-04-01'].map(lastOfMonth)).toEqual([
      '2024-02-29',
      '2023-02-28',
      '1900-02-28',
      '2000-02-29',
      '2024-04-30',
    ]);
    expect([addMonths('2024-12-31', 1), addMonths('2024-01-31', -1), addMonths('0050-06-15', 12)]).toEqual([
      '2025-01-01',
      '2023-12-01',
      '0051-06-01',
    ]);
  });
});

describe('money', () => {
  it.each([
    ['0', '0.00'],
    ['-5.1', '-5.10'],
    ['12.3400', '12.34'],
    ['0.12345', '0.12345'],
    ['99999999999999999999.9900', '99999999999999999999.99'],
    ['NaN', 'NaN'],
  ])('%s is %s', (given, text) => {
    expect(moneyText(given)).toBe(text);
  });

  it('counts in numbers as far as these are exact, and in digits beyond', () => {
    expect([wholeNumber('9007199254740991'), wholeNumber('9007199254740993')]).toEqual([
      9007199254740991,
      '9007199254740993',
    ]);
  });
});

describe('the name of a table', () => {
  it.each([
    ['sales_report', { table: 'sales_report' }],
    ['Data.Sales', { schema: 'Data', table: 'Sales' }],
    ['"a.b"."c""d"', { schema: 'a.b', table: 'c"d' }],
    ['x; DROP TABLE y', { table: 'x; DROP TABLE y' }],
  ])('%s is read as it is written', (text, name) => {
    expect(parseQualifiedName(text)).toEqual(name);
  });

  it.each(['', ' ', '.', 'a.', '.a', 'a.b.c', '"a', 'a"b', 'a\0b', 'ä'.repeat(32)])('refuses %j', (text) => {
    expect(() => parseQualifiedName(text)).toThrow(expect.objectContaining({ code: 'identifier.invalid' }));
  });

  it('is shown as it was given', () => {
    expect(nameText({ schema: 'a', table: 'b' })).toBe('a.b');
  });
});

describe('a place in a breakdown', () => {
  it('comes back as it was given out', () => {
    const row = { month: '2024-01', product_name: 'A "desk", long', region: '北', revenue: '1.00', quantity: 1 };
    expect(breakdownPlace(placeText(row))).toEqual({ month: '2024-01', productName: 'A "desk", long', region: '北' });
  });

  it.each(['', '{}', '[]', '["2024-13","a","b"]', '["2024-01","a"]', '["2024-01",1,"b"]', 'x'])(
    'refuses %j',
    (text) => {
      expect(() => breakdownPlace(text)).toThrow(expect.objectContaining({ code: 'cursor.invalid' }));
    },
  );
});

describe('the tag of an answer', () => {
  it('is known again for the same request, and for no other', () => {
    const tag = reportTag(['summary', 'a'], '1.7');
    expect(versionsOf(['summary', 'a'], ['other.1', tag])).toEqual(new Set(['1.7']));
    expect(versionsOf(['summary', 'b'], [tag])).toEqual(new Set());
  });
});
