import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { PenstockError } from '../../domain/errors.js';

const PRIVATE = 0o600;
/** Of what is read or uncompressed at once: each chunk is written on its own. */
export const CHUNK_BYTES = 262_144;

/**
 * Writes a file that appears under its name whole, on disk, or not at all.
 *
 * @throws PenstockError `export.no-space`, and whatever `write` throws
 */
export async function writeWhole(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  // A name of its own: another process may be at the same.
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', PRIVATE);
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined); // the sweep finds it
    throw translate(cause);
  }
}

/** The bytes, each chunk of them written to the file before it is handed on. */
export async function* written(bytes: AsyncIterable<Uint8Array>, file: FileHandle): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    await file.writeFile(chunk);
    yield chunk;
  }
}

/** @throws PenstockError `vendor.broken` when the bytes are damaged or break off */
export async function* uncompressed(
  bytes: AsyncIterable<Uint8Array>,
  encoding: 'gzip' | 'identity',
): AsyncGenerator<Uint8Array> {
  if (encoding === 'identity') {
    yield* bytes;
    return;
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const piped = pipeline(bytes, gunzip);
  piped.catch(() => undefined); // heard of below, or by who stopped reading
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
    await piped;
  } catch (cause) {
    throw isDamage(cause)
      ? new PenstockError('vendor.broken', 'A part of the export cannot be uncompressed.', { cause })
      : cause;
  } finally {
    gunzip.destroy();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** zlib's own codes. */
const isDamage = (cause: unknown): boolean => codeOf(cause).startsWith('Z_');

export const codeOf = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function translate(cause: unknown): unknown {
  if (!NO_SPACE.has(codeOf(cause))) return cause;
  return new PenstockError('export.no-space', 'The disk on which exports are put together is full.', { cause });
}
