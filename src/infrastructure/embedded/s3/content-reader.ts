import { type FileHandle, open } from 'node:fs/promises';
import type { FileStore } from './file-store.js';
import { FILE_PIECE_BYTES } from './limits.js';
import type { Slice } from './records.js';

/** Reads content from its files, one piece ahead of whoever takes it. The files must be pinned. */
export async function* readContent(files: FileStore, slices: readonly Slice[]): AsyncGenerator<Buffer> {
  for (const { file, offset, length } of slices) {
    const handle = await open(files.path(file), 'r');
    try {
      yield* readSlice(handle, offset, offset + length);
    } finally {
      await handle.close();
    }
  }
}

async function* readSlice(handle: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  let at = from;
  let coming = readPiece(handle, at, to);
  try {
    while (at < to) {
      const piece = await coming;
      at += piece.length;
      coming = at < to ? readPiece(handle, at, to) : coming;
      yield piece;
    }
  } finally {
    await coming.catch(() => undefined); // a file must not be closed under a read
  }
}

async function readPiece(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(FILE_PIECE_BYTES, to - from));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
  if (bytesRead === 0) throw new Error('a file of the S3 data folder is shorter than its record says');
  return buffer.subarray(0, bytesRead);
}
