import type { PartitionRange } from './import-table.js';

/** The month of a day, both as `20250131`, cut to the gap it has to fit in. */
export function monthRange(
  day: number,
  gap: { readonly from: number; readonly to: number },
): Omit<PartitionRange, 'name'> {
  const month = Math.floor(day / 100);
  const next = month % 100 === 12 ? month + 89 : month + 1;
  return { from: Math.max(month * 100 + 1, gap.from), to: Math.min(next * 100 + 1, gap.to) };
}
