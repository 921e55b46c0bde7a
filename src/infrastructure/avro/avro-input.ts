/** The bytes are not what the schema says. */
export class NotAvro extends Error {}

/** Digits of a number that is larger than JavaScript's whole numbers are exact. */
export type Long = number | string;

const MORE = 0x80;
const PAYLOAD = 0x7f;
const LONGEST_VARINT = 10;
/** Bytes of a varint that a number holds exactly, and of one that 31 bits hold. */
const EXACT_BYTES = 7;
const SMALL_BYTES = 4;
const LONG_BITS = 64;
const GROUP = 128;
/** Items of arrays and maps in one record: there are types whose items take no bytes at all. */
const MAX_ITEMS = 10_000_000;
/** Records within records. */
const MAX_DEPTH = 200;

const scratch = new ArrayBuffer(8);
const scratchBytes = new Uint8Array(scratch);
const scratchDouble = new Float64Array(scratch);
const scratchFloat = new Float32Array(scratch);

/** Avro's binary encoding, read from one record after the other. */
export class AvroInput {
  bytes: Uint8Array = scratchBytes;
  at = 0;
  private items = 0;
  private depth = 0;

  begin(bytes: Uint8Array, start: number): void {
    this.bytes = bytes;
    this.at = start;
    this.items = 0;
    this.depth = 0;
  }

  atEnd(): boolean {
    return this.at === this.bytes.length;
  }

  /** Into a record; every one is left by `leave`. */
  enter(): void {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new NotAvro();
  }

  leave(): void {
    this.depth -= 1;
  }

  byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new NotAvro();
    this.at += 1;
    return byte;
  }

  /** A number of 64 bits, with all its digits. */
  long(): Long {
    const { bytes } = this;
    let { at } = this;
    let value = 0;
    let byte = 0;
    for (let n = 0; n < SMALL_BYTES; n += 1) {
      byte = bytes[at++] ?? outside();
      value |= (byte & PAYLOAD) << (7 * n);
      if (byte < MORE) {
        this.at = at;
        return (value >>> 1) ^ -(value & 1);
      }
    }
    let scale = 2 ** (7 * SMALL_BYTES);
    for (let n = SMALL_BYTES; n < EXACT_BYTES; n += 1) {
      byte = bytes[at++] ?? outside();
      value += (byte & PAYLOAD) * scale;
      if (byte < MORE) {
        this.at = at;
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      }
      scale *= GROUP;
    }
    return this.largeLong();
  }

  /** A number of items, of bytes or of a branch: never so large that digits would be lost. */
  size(): number {
    const value = this.long();
    if (typeof value !== 'number') throw new NotAvro();
    return value;
  }

  /** The beginning of so many bytes, which are passed over. */
  take(length: number): number {
    const start = this.at;
    if (length < 0 || start + length > this.bytes.length) throw new NotAvro();
    this.at = start + length;
    return start;
  }

  float(): number {
    this.copy(4);
    return scratchFloat[0] ?? 0;
  }

  double(): number {
    this.copy(8);
    return scratchDouble[0] ?? 0;
  }

  /** How many items the next block of an array or a map has; 0 is the end. */
  block(): number {
    let count = this.size();
    if (count < 0) {
      count = -count;
      this.size(); // in bytes, which nobody needs who reads them all
    }
    this.items += count;
    if (this.items > MAX_ITEMS) throw new NotAvro();
    return count;
  }

  private copy(length: number): void {
    const start = this.take(length);
    const { bytes } = this;
    for (let n = 0; n < length; n += 1) scratchBytes[n] = bytes[start + n] ?? 0;
  }

  private largeLong(): Long {
    let value = 0n;
    for (let n = 0; n < LONGEST_VARINT; n += 1) {
      const byte = this.byte();
      value |= BigInt(byte & PAYLOAD) << BigInt(7 * n);
      if (byte < MORE) return exact(BigInt.asUintN(LONG_BITS, value));
    }
    throw new NotAvro();
  }
}

function exact(encoded: bigint): Long {
  const value = BigInt.asIntN(LONG_BITS, (encoded >> 1n) ^ -(encoded & 1n));
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function outside(): never {
  throw new NotAvro();
}
