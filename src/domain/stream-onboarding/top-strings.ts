/** Strings noted of one record; far more than the names and values of a table's columns. */
const MOST_STRINGS = 4096;

/**
 * Where the strings of a record's own object (not those inside its values) stand: `frameRecord` passes them anyway, so
 * that nobody has to look for fields again. Used again for the next record.
 */
export class TopStrings {
  private readonly quotes = new Int32Array(2 * MOST_STRINGS);
  private noted = 0;
  /** A string of the record, also inside its values, has escapes. */
  escaped = false;

  /** Strings noted, in order. */
  get count(): number {
    return Math.min(this.noted, MOST_STRINGS);
  }

  /** There were more strings than are noted. */
  get isFull(): boolean {
    return this.noted > MOST_STRINGS;
  }

  clear(): void {
    this.noted = 0;
    this.escaped = false;
  }

  /** Positions of the quotes. */
  add(open: number, close: number): void {
    if (this.noted < MOST_STRINGS) {
      this.quotes[2 * this.noted] = open;
      this.quotes[2 * this.noted + 1] = close;
    }
    this.noted += 1;
  }

  openingQuote(index: number): number {
    return this.quotes[2 * index] ?? 0;
  }

  closingQuote(index: number): number {
    return this.quotes[2 * index + 1] ?? 0;
  }
}
