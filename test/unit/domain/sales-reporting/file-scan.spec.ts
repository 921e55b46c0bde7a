import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { columnCheck } from '../../../../src/domain/sales-reporting/column-checks.js';
import { FileScan } from '../../../../src/domain/sales-reporting/csv/file-scan.js';
import { RecordScanner } from '../../../../src/domain/sales-reporting/csv/record-scanner.js';
import { RowSegment } from '../../../../src/domain/sales-reporting/csv/row-segment.js';
import { RowChecker } from '../../../../src/domain/sales-reporting/row-checker.js';

const text = (name: string) => ({ name, type: 'text', isNullable: true, isOptional: true, isGenerated: false });
const whole = (name: string) => ({ ...text(name), type: 'int4' });

function scanned(content: string | Uint8Array, columns = [whole('n'), text('t')]) {
  const segment = new RowSegment();
  const bytes = Buffer.from(content as string);
  segment.bytes.set(bytes);
  const checker = new RowChecker(columns.map((column) => columnCheck(column)));
  const scan = new FileScan(new RecordScanner(0x2c), checker, columns.length, 2);
  const steps = scan.scan(segment, 0, bytes.length, true);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const { bad } = step.value;
  return {
    good: Buffer.from(segment.bytes.subarray(0, segment.length)).toString(),
    lines: Array.from({ length: segment.rows }, (_, row) => segment.lineOf(row)),
    starts: Array.from({ length: segment.rows + 1 }, (_, row) => segment.startOf(row)),
    bad: bad.map(({ line, rule, raw }) => [line, rule, Buffer.from(raw).toString()]),
  };
}

describe('FileScan', () => {
  it('moves good lines together, each ended by a line feed, and knows where they came from', () => {
    const { good, lines, starts, bad } = scanned('1,a\r\nx,b\n2,"c\nd"\n\n\r\n3,e\r\ny,f\n4,g');
    expect(good).toBe('1,a\n2,"c\nd"\n3,e\n4,g\n');
    expect(lines).toEqual([2, 4, 8, 10]);
    expect(starts).toEqual([0, 4, 12, 16, 20]);
    expect(bad).toEqual([
      [3, 'type', 'x,b'],
      [9, 'type', 'y,f'],
    ]);
  });

  it('keeps a file of good lines as it is', () => {
    expect(scanned('1,a\n2,b\n').good).toBe('1,a\n2,b\n');
  });

  it('takes an empty line for a row only where there is one column', () => {
    expect(scanned('1,a\n\n2,b\n').lines).toEqual([2, 4]);
    expect(scanned('1\n\n2\n', [whole('n')]).lines).toEqual([2, 3, 4]);
  });

  it('refuses the line that ends a COPY, unless it is quoted', () => {
    const { good, bad } = scanned('a\n\\.\n"\\."\n\\.b\n', [text('t')]);
    expect(bad).toEqual([[3, 'csv', '\\.']]);
    expect(good).toBe('a\n"\\."\n\\.b\n');
  });

  it('refuses the rows alone that are not UTF-8 or hold a zero character', () => {
    const bytes = Buffer.concat([Buffer.from('1,ä\n2,'), Buffer.from([0xe4]), Buffer.from('\n3,\0\n4,🙂\n')]);
    const { good, bad } = scanned(bytes);
    expect(good).toBe('1,ä\n4,🙂\n');
    expect(bad.map(([line, rule]) => [line, rule])).toEqual([
      [3, 'encoding'],
      [4, 'encoding'],
    ]);
  });
});
