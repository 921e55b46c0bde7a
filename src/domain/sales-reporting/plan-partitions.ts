import { addMonths, type Day } from './calendar.js';

/** Days of a partition: from one, until another that is no longer part of it. Left out: no limit on this side. */
export interface PartitionRange {
  readonly from?: Day;
  readonly until?: Day;
}

export interface KnownPartition extends PartitionRange {
  readonly name: string;
}

export interface MonthRange {
  readonly from: Day;
  readonly until: Day;
}

/** A month that some partitions cover in part: none can be made for it as a whole. */
export interface Overlap {
  /** `YYYY-MM`. */
  readonly month: string;
  readonly partitions: readonly string[];
}

export interface PartitionPlan {
  readonly create: readonly MonthRange[];
  /** Months that are covered already, each by one partition or by several. */
  readonly existing: readonly string[];
  readonly overlaps: readonly Overlap[];
  /** Days without a partition, between the first and the last there are once the plan is carried out. */
  readonly gaps: readonly MonthRange[];
}

/** Every month from the one until (not including) the other gets a partition, unless its days have some already. */
export function planMonths(existing: readonly KnownPartition[], { from, until }: MonthRange): PartitionPlan {
  const create: MonthRange[] = [];
  const covered: string[] = [];
  const overlapping: Overlap[] = [];
  for (let first = from; first < until; first = addMonths(first, 1)) {
    const month = { from: first, until: addMonths(first, 1) };
    const partitions = existing.filter((partition) => isTouching(partition, month));
    if (partitions.length === 0) create.push(month);
    else if (gapsWithin(partitions, month).length === 0) covered.push(first.slice(0, 7));
    else overlapping.push({ month: first.slice(0, 7), partitions: partitions.map(({ name }) => name) });
  }
  return { create, existing: covered, overlaps: overlapping, gaps: gapsBetween([...existing, ...create]) };
}

/** Of the years, both included. */
export function monthsOfYears(startYear: number, endYear: number): MonthRange {
  const day = (year: number): Day => `${String(year).padStart(4, '0')}-01-01`;
  return { from: day(startYear), until: day(endYear + 1) };
}

/** Partitions that end before a month, so many months before another. */
export function agedPartitions<P extends PartitionRange>(
  partitions: readonly P[],
  { month, keep }: { month: Day; keep: number },
): P[] {
  const limit = addMonths(month, -keep);
  return partitions.filter(({ until }) => until !== undefined && until <= limit);
}

function isTouching({ from = '', until = LAST }: PartitionRange, month: MonthRange): boolean {
  return from < month.until && until > month.from;
}

/** Later than any day. */
const LAST = '~';

function gapsWithin(partitions: readonly PartitionRange[], { from, until }: MonthRange): MonthRange[] {
  const gaps: MonthRange[] = [];
  let reached = from;
  for (const part of inOrder(partitions)) {
    if ((part.from ?? '') > reached) gaps.push({ from: reached, until: part.from ?? reached });
    if ((part.until ?? LAST) > reached) reached = part.until ?? LAST;
  }
  return reached < until ? [...gaps, { from: reached, until }] : gaps;
}

function gapsBetween(partitions: readonly PartitionRange[]): MonthRange[] {
  const [first] = inOrder(partitions);
  const ends = partitions.map(({ until }) => until ?? LAST).sort();
  const last = ends.at(-1);
  if (first === undefined || last === undefined) return [];
  const from = first.from ?? first.until;
  return from === undefined ? [] : gapsWithin(partitions, { from, until: last }).filter((gap) => gap.until !== LAST);
}

function inOrder(partitions: readonly PartitionRange[]): PartitionRange[] {
  return partitions.toSorted((one, other) => ((one.from ?? '') < (other.from ?? '') ? -1 : 1));
}
