import { type DateFormat, dateNumber } from './cell-checks/date-format.js';
import { skipSpaces, trimSpaces } from './cell-checks/cell-check.js';
import type { PartitionRange, TablePartitions } from './import-table.js';

/** A key the finder cannot read: the database decides. */
export const UNREAD = -2;

type Range = Omit<PartitionRange, 'name'>;

const ZERO = 0x30;
const MINUS = 0x2d;
const EXACT_DIGITS = 15;

/** Finds the partition of a row by the bytes of its key, as the database will. */
export class PartitionFinder {
  /** Range the last key was found in; undefined where none takes it. */
  found: Range | undefined;
  private ranges: readonly Range[];

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

  /** @returns whether a partition takes it; which one, `found` says, where it is not the default partition */
  find(key: number): boolean {
    const { found } = this;
    if (found !== undefined && key >= found.from && key < found.to) return true;
    this.found = this.rangeOf(key);
    return this.found !== undefined || this.partitions.hasDefault;
  }

  /** There is one more partition from now on. */
  add(range: Range): void {
    this.ranges = [...this.ranges, range].sort((a, b) => a.from - b.from);
    this.found = range;
  }

  /** The gap around a key, as far as the neighbours reach. */
  gap(key: number): { readonly from: number; readonly to: number } {
    const below = this.ranges.filter(({ to }) => to <= key).map(({ to }) => to);
    const above = this.ranges.filter(({ from }) => from > key).map(({ from }) => from);
    return { from: Math.max(Number.NEGATIVE_INFINITY, ...below), to: Math.min(Number.POSITIVE_INFINITY, ...above) };
  }

  private rangeOf(key: number): Range | undefined {
    let low = 0;
    let high = this.ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const range = this.ranges[middle] as Range; // low <= middle <= high
      if (key < range.from) high = middle - 1;
      else if (key >= range.to) low = middle + 1;
      else return range;
    }
    return undefined;
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
