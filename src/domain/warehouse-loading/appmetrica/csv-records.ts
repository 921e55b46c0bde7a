const QUOTE = 0x22;
const COMMA = 0x2c;
const NEWLINE = 0x0a;

type Place = 'field-start' | 'unquoted' | 'quoted' | 'after-quote';

/** Finds where records of a CSV end (RFC 4180: quotes within quotes are doubled), however its bytes are cut. */
export class CsvRecords {
  private place: Place = 'field-start';
  private isEmpty = true;

  /** Whether the bytes so far end within quotes, that is in the middle of a record. */
  get isOpen(): boolean {
    return this.place === 'quoted';
  }

  /** Whether a record has begun that no newline has ended. */
  get isUnended(): boolean {
    return !this.isEmpty;
  }

  /**
   * Where the first record that ends in `chunk` from `from` on does, behind its newline; -1 where none does. An empty line
   * is one: of a single column it is a row without a value.
   */
  next(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.place === 'quoted') at = this.endOfQuoted(chunk, at);
      else if (this.step(chunk[at++] ?? 0)) return at;
      else if (this.place === 'unquoted') at = endOfUnquoted(chunk, at);
    }
    return -1;
  }

  /** Behind the next quote, or the chunk. */
  private endOfQuoted(chunk: Uint8Array, from: number): number {
    const quote = chunk.indexOf(QUOTE, from);
    if (quote < 0) return chunk.length;
    this.place = 'after-quote';
    return quote + 1;
  }

  /** @returns whether this byte ends a record */
  private step(byte: number): boolean {
    if (byte === NEWLINE) {
      this.place = 'field-start';
      this.isEmpty = true;
      return true;
    }
    this.isEmpty = false;
    if (byte === QUOTE) this.place = this.place === 'unquoted' ? 'unquoted' : 'quoted';
    else this.place = byte === COMMA ? 'field-start' : 'unquoted';
    return false;
  }
}

/** Where the comma or the newline stands that ends the value, or the chunk ends. */
function endOfUnquoted(chunk: Uint8Array, from: number): number {
  let at = from;
  while (at < chunk.length && chunk[at] !== COMMA && chunk[at] !== NEWLINE) at += 1;
  return at;
}
