import { crcTables } from './crc-tables.js';

/** The polynomial of NVM Express, reflected. */
export const CRC64NVME_POLYNOMIAL = 0x9a6c9329ac4bc9b5n;

const STEP = 8;
/** Low and high halves, for numbers of 64 bits are slow here. */
let tables: readonly [Int32Array, Int32Array] | undefined;

/** CRC-64/NVME, over as many pieces as there are. */
export class Crc64Nvme {
  private low = -1;
  private high = -1;

  update(bytes: Uint8Array): void {
    tables ??= halves();
    const [lows, highs] = tables;
    const whole = bytes.length - (bytes.length % STEP);
    this.inSteps(lows, highs, bytes, whole);
    for (let i = whole; i < bytes.length; i += 1) {
      const at = (this.low ^ byte(bytes, i)) & 255;
      this.low = entry(lows, at) ^ ((this.low >>> 8) | (this.high << 24));
      this.high = entry(highs, at) ^ (this.high >>> 8);
    }
  }

  /** Big-endian. */
  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32BE(~this.high, 0);
    bytes.writeInt32BE(~this.low, 4);
    return bytes;
  }

  /** The table for the byte that n others follow begins at n * 256. */
  private inSteps(l: Int32Array, h: Int32Array, b: Uint8Array, end: number): void {
    let { low, high } = this;
    for (let i = 0; i < end; i += STEP) {
      low ^= byte(b, i) | (byte(b, i + 1) << 8) | (byte(b, i + 2) << 16) | (byte(b, i + 3) << 24);
      high ^= byte(b, i + 4) | (byte(b, i + 5) << 8) | (byte(b, i + 6) << 16) | (byte(b, i + 7) << 24);
      const p = 1792 + (low & 255);
      const q = 1536 + ((low >>> 8) & 255);
      const r = 1280 + ((low >>> 16) & 255);
      const s = 1024 + (low >>> 24);
      const t = 768 + (high & 255);
      const u = 512 + ((high >>> 8) & 255);
      const v = 256 + ((high >>> 16) & 255);
      const w = high >>> 24;
      low =
        entry(l, p) ^ entry(l, q) ^ entry(l, r) ^ entry(l, s) ^ entry(l, t) ^ entry(l, u) ^ entry(l, v) ^ entry(l, w);
      high =
        entry(h, p) ^ entry(h, q) ^ entry(h, r) ^ entry(h, s) ^ entry(h, t) ^ entry(h, u) ^ entry(h, v) ^ entry(h, w);
    }
    this.low = low;
    this.high = high;
  }
}

function halves(): readonly [Int32Array, Int32Array] {
  const all = crcTables(CRC64NVME_POLYNOMIAL, STEP).flat();
  return [
    Int32Array.from(all, (crc) => Number(BigInt.asIntN(32, crc))),
    Int32Array.from(all, (crc) => Number(BigInt.asIntN(32, crc >> 32n))),
  ];
}

// Always within bounds. One function for each kind of array, or they are slow.

function byte(of: Uint8Array, at: number): number {
  return of[at] ?? 0;
}

function entry(of: Int32Array, at: number): number {
  return of[at] ?? 0;
}
