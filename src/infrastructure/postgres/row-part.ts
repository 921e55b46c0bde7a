import type { RefusedRow, RowBatch } from '../../domain/ports/warehouse-imports.port.js';
import type { RowPlace } from '../../domain/sales-reporting/import-table.js';

/** Rows of a batch that take the same way. */
export interface RowPart {
  readonly lines: readonly Uint8Array[];
  readonly rows: number;
  /** Which rows of the batch they are: stretches, in order. */
  readonly stretches: readonly { readonly first: number; readonly rows: number }[];
}

export function wholeBatch({ bytes, length, rows }: RowBatch): RowPart {
  return { lines: [bytes.subarray(0, length)], rows, stretches: [{ first: 0, rows }] };
}

/** The rows of the partitions that `isOther` does not name, and those of the others. */
export function splitBatch(
  { bytes, groups = [] }: Pick<RowBatch, 'bytes' | 'groups'>,
  isOther: (place: RowPlace) => boolean,
): [RowPart, RowPart] {
  let first = 0;
  const placed = groups.map(({ place, start, stop, rows }) => {
    const group = { isOther: isOther(place), lines: bytes.subarray(start, stop), first, rows };
    first += rows;
    return group;
  });
  const partOf = (which: boolean): RowPart => {
    const stretches = placed.filter((group) => group.isOther === which);
    const rows = stretches.reduce((sum, group) => sum + group.rows, 0);
    return { lines: stretches.map(({ lines }) => lines), rows, stretches };
  };
  return [partOf(false), partOf(true)];
}

/** The row of the batch that a row of its part is. */
export function inBatch({ stretches }: RowPart, refused: RefusedRow): RefusedRow {
  let { row } = refused;
  for (const { first, rows } of stretches) {
    if (row < rows) return { ...refused, row: first + row };
    row -= rows;
  }
  return refused;
}
