/** Names noted of one record; far more than a table has columns. */
const MOST_NAMES = 4096;
/** Kept of a name: its two quotes and the colon behind it. */
const INTS = 3;

/**
 * Where the names of a record's own fields (not of those inside its values) stand: `frameRecord` passes them anyway, so
 * that nobody has to look for them again. Used again for the next record.
 */
export class TopNames {
  private readonly places = new Int32Array(INTS * MOST_NAMES);
  private end = 0;
  /** There were more names than are noted. */
  isFull = false;
  /** A string of the record, also inside its values, has escapes. */
  escaped = false;

  /** Names noted, in order. */
  get count(): number {
    return this.end / INTS;
  }

  clear(): void {
    this.end = 0;
    this.isFull = false;
    this.escaped = false;
  }

  add(open: number, close: number, colon: number): void {
    const { end } = this;
    if (end === INTS * MOST_NAMES) {
      this.isFull = true;
      return;
    }
    this.places[end] = open;
    this.places[end + 1] = close;
    this.places[end + 2] = colon;
    this.end = end + INTS;
  }

  openingQuote(index: number): number {
    return this.places[INTS * index] ?? 0;
  }

  closingQuote(index: number): number {
    return this.places[INTS * index + 1] ?? 0;
  }

  colon(index: number): number {
    return this.places[INTS * index + 2] ?? 0;
  }
}
