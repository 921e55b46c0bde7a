import type { Column } from '../../../domain/shared/column.js';
import type { NewFieldPolicy } from '../../../domain/stream-onboarding/connector.js';
import { type Frame, toLine } from '../../../domain/stream-onboarding/frame-record.js';
import { type FramedRecord, planNewFields } from '../../../domain/stream-onboarding/new-fields.js';
import type { BatchRow } from './copy-batch.js';

/** A row that stays out of its table, and why. */
export interface RejectedBatchRow {
  readonly row: BatchRow;
  readonly code: string;
  readonly column?: string;
  readonly reason: string;
}

/** Rows of a rejected batch after one look: those to try again, perhaps changed, and those to give up. */
export interface Sifted {
  readonly rows: readonly BatchRow[];
  readonly rejected: readonly RejectedBatchRow[];
  readonly addColumns: readonly Column[];
}

/** Applies the policy to rows with fields that the table has no column for; undefined when that changes nothing. */
export function siftUnknownFields(
  rows: readonly BatchRow[],
  columns: readonly Column[],
  policy: NewFieldPolicy,
): Sifted | undefined {
  const framed = rows.map(({ line }) => ({ data: line, frame: frameOfLine(line) }));
  const { addColumns, records, refused } = planNewFields(framed, columns, policy);
  const sifted = rows.map((row, index) => withLine(row, records[index]));
  const isMoved = sifted.some((row, index) => row !== rows[index]);
  const isNothingNew = addColumns.length === 0 || (policy === 'to_extra' && !isMoved);
  if (isNothingNew && refused.length === 0 && !isMoved) return undefined;
  const guilty = new Set(refused.map(({ index }) => index));
  return {
    rows: sifted.filter((_, index) => !guilty.has(index)),
    rejected: refused.flatMap(({ index, ...why }) => {
      const row = sifted[index];
      return row === undefined ? [] : [{ row, ...why }];
    }),
    addColumns,
  };
}

/** A line is a record that has been framed already. */
const frameOfLine = (line: Uint8Array): Frame => ({
  start: 0,
  end: line.length,
  empty: line.length === 2,
  broken: false,
});

/** Once a row's fields are in `_extra`, that field is ours: moved again, it would never come to an end. */
function withLine(row: BatchRow, framed: FramedRecord | undefined): BatchRow {
  if (framed === undefined || framed.data === row.line || row.hasExtra === true) return row;
  return { ...row, line: toLine(framed.data, framed.frame), hasExtra: true };
}
