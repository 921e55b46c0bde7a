import { type FileHandle, open } from 'node:fs/promises';

/**
 * Bytes of a file that are known to be there.
 *
 * @throws RangeError when they are not
 */
export async function readRange(path: string, start: number, end: number): Promise<Buffer> {
  const file = await open(path);
  try {
    return await readAt(file, start, end);
  } finally {
    await file.close();
  }
}

/** The same of a file that is open. */
export async function readAt(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  if (bytesRead < bytes.length) throw new RangeError('A file of an hour is cut off.');
  return bytes;
}
