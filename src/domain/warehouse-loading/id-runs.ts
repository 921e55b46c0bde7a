/** Consecutive ids of consecutive rows, by the first id; null for rows that were left out. */
export type IdRun = readonly [first: number | null, rows: number];

/** Collects the ids of rows, in order, as runs; beyond a number of them it gives up, so that memory stays flat. */
export class IdRuns {
  private runs: [number | null, number][] | undefined = [];

  constructor(private readonly maxRuns: number) {}

  add(first: number | null, rows: number): void {
    if (this.runs === undefined || rows === 0) return;
    const last = this.runs.at(-1);
    if (last !== undefined && follows(last, first)) last[1] += rows;
    else this.runs.push([first, rows]);
    if (this.runs.length > this.maxRuns) this.runs = undefined;
  }

  /** Undefined when there were too many. */
  get list(): readonly IdRun[] | undefined {
    return this.runs;
  }
}

function follows([first, rows]: IdRun, next: number | null): boolean {
  return first === null ? next === null : next === first + rows;
}

/** The id of every row, in order. */
export function idsOf(runs: readonly IdRun[]): (number | null)[] {
  return runs.flatMap(([first, rows]) => Array.from({ length: rows }, (_, n) => (first === null ? null : first + n)));
}

/** First and last of consecutive ids, in the order of the rows; rows that were left out have none. */
export function idRanges(runs: readonly IdRun[]): [first: number, last: number][] {
  return runs.flatMap(([first, rows]): [number, number][] => (first === null ? [] : [[first, first + rows - 1]]));
}

/** Ranges that are kept of a load of any size. */
export const MAX_ID_RANGES = 10_000;
