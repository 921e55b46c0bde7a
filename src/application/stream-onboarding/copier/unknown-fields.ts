import type { Column } from '../../../domain/shared/column.js';
import type { NewFieldPolicy } from '../../../domain/stream-onboarding/connector.js';
import { handleNewFields } from '../../../domain/stream-onboarding/new-fields.js';
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

/** Applies the policy to rows with fields that the table has no column for; undefined when there are none. */
export function siftUnknownFields(
  rows: readonly BatchRow[],
  columns: readonly Column[],
  policy: NewFieldPolicy,
): Sifted | undefined {
  const lines = rows.map(({ line }) => line);
  const plan = handleNewFields(lines, columns, policy);
  if (plan === undefined) return undefined;
  const guilty = new Map(plan.rejected.map(({ index, field }) => [index, field]));
  const sifted = rows.map(({ record, line }, index) => ({ record, line: plan.lines[index] ?? line }));
  return {
    rows: sifted.filter((_, index) => !guilty.has(index)),
    rejected: sifted.flatMap((row, index) => {
      const column = guilty.get(index);
      if (column === undefined) return [];
      return [{ row, code: 'record.unknown-field', column, reason: 'The table has no column for this field.' }];
    }),
    addColumns: plan.addColumns,
  };
}
