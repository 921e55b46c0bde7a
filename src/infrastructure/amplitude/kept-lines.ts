import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { release, releaseLast } from './at-once.js';
import type { PartRecord } from './run-record.js';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 512 * 1024;

/** Which lines of an hour are dropped, by one bit each; none where there is no such list. */
export type DroppedBits = Uint8Array | undefined;

/** A part of an hour, and which of its lines are dropped. */
export interface PartLines {
  /** Of the file of the hour. */
  readonly path: string;
  readonly part: PartRecord;
  /** Number of its first line in the hour, by which `bits` count. */
  readonly firstLine: number;
  readonly bits: DroppedBits;
}

function isDropped(bits: DroppedBits, line: number): boolean {
  return bits !== undefined && ((bits[line >>> 3] ?? 0) & (1 << (line & 7))) !== 0;
}

/** Whether any of these lines is dropped. */
export function hasDropped(bits: DroppedBits, firstLine: number, lines: number): boolean {
  if (bits === undefined) return false;
  for (let line = firstLine; line < firstLine + lines; line += 1) if (isDropped(bits, line)) return true;
  return false;
}

/**
 * The lines of a part that are kept, each with its newline.
 *
 * @param batchBytes lines are taken together until they have so many bytes, those that are dropped counted as well: where
 * a batch ends depends on the content alone
 */
export async function* keptLines(lines: PartLines, batchBytes: number): AsyncGenerator<Buffer> {
  let { firstLine } = lines;
  for await (const batch of lineBatches(decompressed(lines), batchBytes)) {
    const { content, nextLine } = keptContent(batch, { firstLine, bits: lines.bits });
    release(batch);
    firstLine = nextLine;
    yield content;
  }
}

function decompressed({ path, part }: PartLines): AsyncIterable<Buffer> {
  const file = createReadStream(path, { start: part.start, end: part.end - 1, highWaterMark: CHUNK_BYTES });
  // Whoever reads what comes out is told of what goes wrong.
  return pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined);
}

/** Whole lines, of at least so many bytes but for the last ones; each batch has its memory for itself. */
async function* lineBatches(pieces: AsyncIterable<Buffer>, batchBytes: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let missing = batchBytes;
  for await (const piece of pieces) {
    let rest = piece;
    for (let end = endOfLine(rest, missing); end > 0; end = endOfLine(rest, missing)) {
      const batch = Buffer.concat([...held, rest.subarray(0, end)]);
      for (const each of held) releaseLast(each);
      yield batch;
      [held, missing] = [[], batchBytes];
      rest = rest.subarray(end);
    }
    held.push(rest);
    missing -= rest.length;
  }
  if (held.length > 0) yield Buffer.concat(held);
}

/** Behind the first line that ends with or after so many bytes; 0 where none does. */
function endOfLine(piece: Buffer, bytes: number): number {
  return piece.indexOf(NEWLINE, Math.max(0, bytes - 1)) + 1;
}

/** @returns the lines that are kept, each with its newline, and the number of the line behind all of them */
export function keptContent(
  all: Buffer,
  { firstLine, bits }: Pick<PartLines, 'firstLine' | 'bits'>,
): { readonly content: Buffer; readonly nextLine: number } {
  const kept: Uint8Array[] = [];
  let [line, from, at] = [firstLine, 0, 0];
  while (at < all.length) {
    const newline = all.indexOf(NEWLINE, at);
    const next = newline < 0 ? all.length : newline + 1;
    if (isDropped(bits, line)) {
      kept.push(all.subarray(from, at));
      from = next;
    }
    line += 1;
    at = next;
  }
  // What lies between two dropped ones is taken together.
  kept.push(all.subarray(from));
  const endsOpen = from < all.length && all.at(-1) !== NEWLINE;
  return { content: Buffer.concat(endsOpen ? [...kept, Buffer.of(NEWLINE)] : kept), nextLine: line };
}
