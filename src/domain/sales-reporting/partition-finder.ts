import { type DateFormat, dateNumber } from './cell-checks/date-format.js';
import { skipSpaces, trimSpaces } from './cell-checks/cell-check.js';
import type { PartitionRange, TablePartitions } from './import-table.js';

/** A key that no partition takes. */
export const NO_PARTITION = -1;
/** A key the finder cannot read: the database decides. */
export const UNREAD = -2;

const ZERO = 0x30;
const MINUS = 0x2d;
const EXACT_DIGITS = 15;

/** Finds the partition of a row by the bytes of its key, as the database will. */
export class PartitionFinder {
  private ranges: readonly Omit<PartitionRange, 'name'>[];
  private last = 0;

  constructor(
    private readonly partitions: TablePartitions,
    private readonly format: DateFormat,
  ) {
    this.ranges = partitions.ranges;
  }

  /** The key as a number that sorts as it does, or UNREAD. */
  key(bytes: Uint8Array, start: number, stop: number): number {
    const from = skipSpaces(bytes, start, stop);
    const to = trimSpaces(bytes, from, stop);
    if (this.partitions.keyType === 'integer') return wholeNumber(bytes, from, to);
    const day = dateNumber(this.format, bytes, from, to);
    return day < 0 ? UNREAD : day;
  }

  /** @returns the place of the range, NO_PARTITION, or UNREAD where the default partition takes it */
  find(key: number): number {
    const place = this.place(key);
    return place === NO_PARTITION && this.partitions.hasDefault ? UNREAD : place;
  }

  /** There is one more partition from now on. */
  add(range: Omit<PartitionRange, 'name'>): void {
    this.ranges = [...this.ranges, range].sort((a, b) => a.from - b.from);
    this.last = 0;
  }

  /** The gap around a key, as far as the neighbours reach. */
  gap(key: number): { readonly from: number; readonly to: number } {
    const below = this.ranges.filter(({ to }) => to <= key).map(({ to }) => to);
    const above = this.ranges.filter(({ from }) => from > key).map(({ from }) => from);
    return { from: Math.max(Number.NEGATIVE_INFINITY, ...below), to: Math.min(Number.POSITIVE_INFINITY, ...above) };
  }

  private place(key: number): number {
    const same = this.ranges[this.last];
    if (same !== undefined && key >= same.from && key < same.to) return this.last;
    let low = 0;
    let high = this.ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const range = this.ranges[middle] as Omit<PartitionRange, 'name'>; // low <= middle <= high
      if (key < range.from) high = middle - 1;
      else if (key >= range.to) low = middle + 1;
      else {
        this.last = middle;
        return middle;
      }
    }
    return NO_PARTITION;
  }
}

function wholeNumber(bytes: Uint8Array, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  if (to - first < 1 || to - first > EXACT_DIGITS) return UNREAD;
  let value = 0;
  for (let at = first; at < to; at += 1) {
    const digit = (bytes[at] as number) - ZERO; // at < to
    if (digit < 0 || digit > 9) return UNREAD;
    value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}
