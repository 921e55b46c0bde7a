import { crc32 } from 'node:zlib';
import { crc32Combine } from './crc32-combine.js';

/** What deflates again does so as zlib by default, and so as Python: level 6. */
export const LEVEL = 6;

/** What compressed data say. */
export interface Content {
  bytes: number;
  crc: number;
}

export const NEWLINE_CONTENT: Content = { bytes: 1, crc: crc32('\n') };

export function append(known: Content, { bytes, crc }: Content): void {
  known.crc = crc32Combine(known.crc, crc, bytes);
  known.bytes += bytes;
}
