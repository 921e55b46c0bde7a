import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PenstockError } from '../../../domain/errors.js';

export interface Output {
  readonly path: string;
  /** Whether a file that is there is replaced. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/** @throws PenstockError `request.invalid` when there is a file that is not to be replaced */
export async function refuseToReplace({ path, force }: Pick<Output, 'path' | 'force'>): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere && !force) throw taken(path);
}

/** Writes a file that is there whole or not at all. @returns its bytes */
export async function writeOutput(
  content: AsyncIterable<Uint8Array>,
  { path, force, signal }: Output,
): Promise<number> {
  const part = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.part`);
  try {
    await pipeline(Readable.from(content, { objectMode: false }), createWriteStream(part, { flags: 'wx' }), { signal });
    const { size } = await stat(part);
    if (force) await rename(part, path);
    else await link(part, path); // unlike rename, it fails where another file has come meanwhile
    return size;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? taken(path) : readable(error, path);
  } finally {
    await rm(part, { force: true });
  }
}

function taken(path: string): PenstockError {
  return new PenstockError('request.invalid', `"${path}" is there already. Say --force to replace it.`);
}

function readable(error: unknown, path: string): unknown {
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  return new PenstockError('request.invalid', `"${path}" cannot be written (${code}).`, { cause: error });
}
