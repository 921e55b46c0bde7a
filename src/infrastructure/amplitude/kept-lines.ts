import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { PartRecord } from './run-record.js';
import { LineSplitter } from './line-splitter.js';

const CHUNK_BYTES = 256 * 1024;
/** Kept lines that are passed on together. */
const BATCH_BYTES = 256 * 1024;

/** Which lines of an hour are dropped, by one bit each; none where there is no such list. */
export type DroppedBits = Uint8Array | undefined;

export function isDropped(bits: DroppedBits, line: number): boolean {
  return bits !== undefined && ((bits[line >>> 3] ?? 0) & (1 << (line & 7))) !== 0;
}

/** Whether any of these lines is dropped. */
export function hasDropped(bits: DroppedBits, firstLine: number, lines: number): boolean {
  if (bits === undefined) return false;
  for (let line = firstLine; line < firstLine + lines; line += 1) if (isDropped(bits, line)) return true;
  return false;
}

/** The lines of a part that are kept, each with its newline, as one piece or several. */
export async function* keptLines(
  path: string,
  part: PartRecord,
  { firstLine, bits }: { readonly firstLine: number; readonly bits: DroppedBits },
): AsyncGenerator<Buffer> {
  let line = firstLine;
  let [kept, keptBytes]: [Buffer[], number] = [[], 0];
  const splitter = new LineSplitter((bytes, start, end) => {
    if (!isDropped(bits, line)) {
      kept.push(Buffer.from(bytes.subarray(start, end)), NEWLINE);
      keptBytes += end - start + 1;
    }
    line += 1;
  });
  const file = createReadStream(path, { start: part.start, end: part.end - 1 });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  file.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const piece of file.pipe(gunzip)) {
      splitter.feed(piece as Buffer);
      if (keptBytes < BATCH_BYTES) continue;
      yield Buffer.concat(kept);
      [kept, keptBytes] = [[], 0];
    }
  } finally {
    file.destroy();
    gunzip.destroy();
  }
  splitter.finish();
  if (keptBytes > 0) yield Buffer.concat(kept);
}

const NEWLINE = Buffer.from('\n');
