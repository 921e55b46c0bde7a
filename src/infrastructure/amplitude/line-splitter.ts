import { PenstockError } from '../../domain/errors.js';

const NEWLINE = 0x0a;

/** The longest event that is held in memory; Amplitude takes none that is longer than 1 MB. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/** A line of `bytes`, its newline left out; the last line of all may have none. */
export type VisitLine = (bytes: Uint8Array, start: number, end: number) => void;

/** Cuts what comes in pieces into lines, handing them on where they lie; only a line across pieces is copied. */
export class LineSplitter {
  private rest: Uint8Array = new Uint8Array();

  constructor(private readonly visit: VisitLine) {}

  feed(piece: Uint8Array): void {
    let from = 0;
    if (this.rest.length > 0) {
      const newline = piece.indexOf(NEWLINE);
      this.keepRest(newline < 0 ? piece : piece.subarray(0, newline));
      if (newline < 0) return;
      this.visit(this.rest, 0, this.rest.length);
      this.rest = new Uint8Array();
      from = newline + 1;
    }
    for (let newline = piece.indexOf(NEWLINE, from); newline >= 0; newline = piece.indexOf(NEWLINE, from)) {
      this.visit(piece, from, newline);
      from = newline + 1;
    }
    // The piece is lent: whoever gave it may fill it again.
    if (from < piece.length) this.keepRest(piece.subarray(from));
  }

  finish(): void {
    if (this.rest.length > 0) this.visit(this.rest, 0, this.rest.length);
    this.rest = new Uint8Array();
  }

  private keepRest(piece: Uint8Array): void {
    if (this.rest.length + piece.length > MAX_LINE_BYTES) {
      throw new PenstockError('vendor.broken', `Amplitude sent a line of more than ${MAX_LINE_BYTES} bytes.`);
    }
    this.rest = Buffer.concat([this.rest, piece]);
  }
}
