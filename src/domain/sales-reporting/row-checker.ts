import { Buffer } from 'node:buffer';
import { cutValue, type RowFault, type Rule } from './bad-row.js';
import { FITS, type CellFault } from './cell-checks/cell-check.js';
import { ISO_DATE, rewriteDate } from './cell-checks/date-format.js';
import type { ColumnCheck } from './column-checks.js';
import { unescapeInto } from './csv/field-text.js';
import { MAX_RECORD_BYTES } from './csv/csv-limits.js';
import { CSV_FAULT, type CsvFault, FIELD_KIND, type RecordScanner } from './csv/record-scanner.js';
import { type PartitionFinder, UNREAD } from './partition-finder.js';
import type { RowPlace } from './import-table.js';

const CSV_MESSAGES: Readonly<Record<CsvFault, string>> = {
  [CSV_FAULT.none]: '',
  [CSV_FAULT.strayQuote]: 'A quote stands inside a field that does not begin with one.',
  [CSV_FAULT.afterQuote]: 'Text stands behind the closing quote of a field.',
  [CSV_FAULT.carriageReturn]: 'A carriage return stands outside of quotes, and no line feed behind it.',
  [CSV_FAULT.openQuote]: 'A quote is opened and never closed.',
  [CSV_FAULT.tooLong]: `The record is longer than ${MAX_RECORD_BYTES} bytes, or a quote in it is never closed.`,
};
const NULL_FAULT: CellFault = { rule: 'nullable', message: 'must not be empty' };
const NO_PARTITION_FAULT: CellFault = { rule: 'partition', message: 'is outside of all partitions' };

/** Where the key of the partitions stands in a row. */
export interface PartitionColumn {
  readonly index: number;
  readonly finder: PartitionFinder;
  /** Instead of a fault, what to do about a key without a partition; @returns whether there is one now. */
  readonly onMissing?: (key: number) => boolean;
}

/** Judges the records of a file; one for a whole import. */
export class RowChecker {
  private readonly scratch = new Uint8Array(MAX_RECORD_BYTES);
  private readonly isRewriting: boolean;
  private isPlaced = false;

  constructor(
    private readonly columns: readonly ColumnCheck[],
    private readonly partition?: PartitionColumn,
  ) {
    this.isRewriting = columns.some(({ rewrite }) => rewrite !== undefined);
  }

  /** Whether the scanner's present record fits; says nothing about why not. */
  accepts(record: RecordScanner, bytes: Uint8Array): boolean {
    const { columns } = this;
    if (record.fault !== CSV_FAULT.none || record.fields !== columns.length) return false;
    for (let index = 0; index < columns.length; index += 1) {
      if (this.cellFault(record, bytes, index) !== FITS) return false;
    }
    return this.partitionFault(record, bytes) === FITS;
  }

  /**
   * Where the record belongs that was accepted last: the range of its partition, `default` for the one without a range, or
   * undefined where that is not known here.
   */
  get place(): RowPlace | undefined {
    if (!this.isPlaced) return undefined;
    return this.partition?.finder.found ?? 'default';
  }

  /** Writes dates of other shapes as ISO's, in place. */
  rewrite(record: RecordScanner, bytes: Uint8Array): void {
    if (!this.isRewriting) return;
    for (const [index, { rewrite }] of this.columns.entries()) {
      const place = rewrite === undefined ? undefined : this.datePlace(record, bytes, index);
      if (rewrite !== undefined && place !== undefined) rewriteDate(bytes, place, rewrite, ISO_DATE);
    }
  }

  /** Takes `rewrite` back, so that what people see of a row is what stands in their file. */
  restore(record: RecordScanner, bytes: Uint8Array): void {
    if (!this.isRewriting) return;
    for (const [index, { rewrite }] of this.columns.entries()) {
      const place = rewrite === undefined ? undefined : this.datePlace(record, bytes, index);
      if (rewrite !== undefined && place !== undefined) rewriteDate(bytes, place, ISO_DATE, rewrite);
    }
  }

  /** Why the present record does not fit: its first fault in words, and in which other columns there are more. */
  explain(record: RecordScanner, bytes: Uint8Array): RowFault {
    if (record.fault !== CSV_FAULT.none) {
      const rule: Rule = record.fault === CSV_FAULT.tooLong ? 'too_long' : 'csv';
      return { rule, message: CSV_MESSAGES[record.fault] };
    }
    if (record.fields !== this.columns.length) {
      return { rule: 'fields', message: `The row has ${record.fields} fields; ${this.columns.length} were expected.` };
    }
    const faults = this.columns.flatMap((_, index) => {
      const fault = this.cellFault(record, bytes, index);
      return fault === undefined ? [] : [{ index, fault }];
    });
    const outside = faults.length === 0 ? this.partitionFault(record, bytes) : undefined;
    if (outside !== undefined) faults.push({ index: this.partition?.index ?? 0, fault: outside });
    return this.rowFault(record, bytes, faults);
  }

  private rowFault(
    record: RecordScanner,
    bytes: Uint8Array,
    [first, ...others]: readonly { readonly index: number; readonly fault: CellFault }[],
  ): RowFault {
    const { index, fault } = first ?? { index: 0, fault: NULL_FAULT };
    const column = this.columns[index]?.name ?? '';
    const more = others.map((other) => `${this.columns[other.index]?.name} (${other.fault.rule})`).join(', ');
    const message = `${column} ${fault.message}${more === '' ? '' : `; also: ${more}`}.`;
    return { rule: fault.rule, column, value: cutValue(this.valueText(record, bytes, index)), message };
  }

  private cellFault(record: RecordScanner, bytes: Uint8Array, index: number): CellFault | undefined {
    const column = this.columns[index] as ColumnCheck; // index < columns.length
    const start = record.fieldStart[index] as number; // as many fields as columns
    const stop = record.fieldStop[index] as number;
    const kind = record.fieldKind[index];
    if (kind === FIELD_KIND.bare && start === stop) return column.isNullable ? FITS : NULL_FAULT;
    if (column.check === undefined) return FITS;
    if (kind !== FIELD_KIND.doubled) return column.check(bytes, start, stop);
    return column.check(this.scratch, 0, unescapeInto(this.scratch, bytes, start, stop));
  }

  private partitionFault(record: RecordScanner, bytes: Uint8Array): CellFault | undefined {
    if (this.partition === undefined) return FITS;
    const { index, finder, onMissing } = this.partition;
    const key = finder.key(bytes, record.fieldStart[index] as number, record.fieldStop[index] as number);
    this.isPlaced = key !== UNREAD;
    if (key === UNREAD || finder.find(key) || onMissing?.(key) === true) return FITS;
    return NO_PARTITION_FAULT;
  }

  private datePlace(record: RecordScanner, bytes: Uint8Array, index: number): number | undefined {
    let at = record.fieldStart[index] as number; // as many fields as columns
    const stop = record.fieldStop[index] as number;
    while (at < stop && bytes[at] === 0x20) at += 1;
    return at === stop ? undefined : at;
  }

  private valueText(record: RecordScanner, bytes: Uint8Array, index: number): string {
    const start = record.fieldStart[index] as number; // as many fields as columns
    const stop = record.fieldStop[index] as number;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString('utf8');
    return record.fieldKind[index] === FIELD_KIND.doubled ? text.replaceAll('""', '"') : text;
  }
}
