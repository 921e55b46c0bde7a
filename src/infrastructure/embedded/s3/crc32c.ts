import { crcTables } from './crc-tables.js';

/** Castagnoli's polynomial, reflected. */
export const CRC32C_POLYNOMIAL = 0x82f63b78n;

const STEP = 16;
let tables: Int32Array | undefined;

/** CRC-32C (RFC 3720, B.4) of some bytes; `crc` is that of the bytes before them. */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  tables ??= Int32Array.from(crcTables(CRC32C_POLYNOMIAL, STEP).flat(), Number);
  const whole = bytes.length - (bytes.length % STEP);
  let state = inSteps(tables, bytes, whole, ~crc);
  for (let at = whole; at < bytes.length; at += 1)
    state = entry(tables, (state ^ byte(bytes, at)) & 255) ^ (state >>> 8);
  return ~state >>> 0;
}

/** The table for the byte that n others follow begins at n * 256. */
function inSteps(t: Int32Array, b: Uint8Array, end: number, crc: number): number {
  let state = crc;
  for (let i = 0; i < end; i += STEP) {
    state ^= byte(b, i) | (byte(b, i + 1) << 8) | (byte(b, i + 2) << 16) | (byte(b, i + 3) << 24);
    state =
      entry(t, 3840 + (state & 255)) ^
      entry(t, 3584 + ((state >>> 8) & 255)) ^
      entry(t, 3328 + ((state >>> 16) & 255)) ^
      entry(t, 3072 + (state >>> 24)) ^
      entry(t, 2816 + byte(b, i + 4)) ^
      entry(t, 2560 + byte(b, i + 5)) ^
      entry(t, 2304 + byte(b, i + 6)) ^
      entry(t, 2048 + byte(b, i + 7)) ^
      entry(t, 1792 + byte(b, i + 8)) ^
      entry(t, 1536 + byte(b, i + 9)) ^
      entry(t, 1280 + byte(b, i + 10)) ^
      entry(t, 1024 + byte(b, i + 11)) ^
      entry(t, 768 + byte(b, i + 12)) ^
      entry(t, 512 + byte(b, i + 13)) ^
      entry(t, 256 + byte(b, i + 14)) ^
      entry(t, byte(b, i + 15));
  }
  return state;
}

// Always within bounds. One function for each kind of array, or they are slow.

function byte(of: Uint8Array, at: number): number {
  return of[at] ?? 0;
}

function entry(of: Int32Array, at: number): number {
  return of[at] ?? 0;
}
