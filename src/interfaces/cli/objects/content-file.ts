import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PenstockError } from '../../../domain/errors.js';

/** How a file of the command line is called that is none: standard input or output. */
export const STANDARD_STREAM = '-';

/** @throws PenstockError `request.invalid` where there is no file that can be read */
export async function openContent(path: string): Promise<Readable> {
  if (path === STANDARD_STREAM) return process.stdin;
  const file = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if ((await file.stat()).isFile()) return createReadStream(path, { fd: file });
  await file.close();
  throw unreadable(path);
}

/** Content as it passes, with its bytes so far told now and then. */
export async function* told(
  content: AsyncIterable<Uint8Array>,
  tell: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    tell(bytes);
    yield chunk;
  }
}

export interface SaveOptions {
  /** Whether a file that is there is replaced. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  readonly tell?: (bytes: number) => void;
}

/**
 * Writes content to a file that appears when it is whole; anything before that goes away again.
 *
 * @throws PenstockError `request.invalid` where there is a file already, or none can be written
 */
export async function saveContent(
  content: AsyncIterable<Uint8Array>,
  path: string,
  { force, signal, tell = () => undefined }: SaveOptions,
): Promise<void> {
  const unfinished = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID()}.part`);
  try {
    const file = createWriteStream(unfinished, { flags: 'wx' });
    const source = content instanceof Readable ? content : Readable.from(content, { objectMode: false });
    await pipeline(source, (chunks) => told(chunks, tell), file, { signal });
    // A link does not replace what somebody else has put there meanwhile.
    await (force ? rename(unfinished, path) : link(unfinished, path));
  } catch (cause) {
    signal.throwIfAborted();
    throw writeFailure(cause, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Before anything is asked for. @throws PenstockError `request.invalid` */
export async function requireNoFile(path: string): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw occupied(path);
}

function writeFailure(cause: unknown, path: string): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'EEXIST') return occupied(path);
  const isOfFiles = /^(EACCES|EDQUOT|EISDIR|EMFILE|ENOENT|ENOSPC|ENOTDIR|EPERM|EROFS|ENAMETOOLONG)$/u.test(code);
  return isOfFiles ? new PenstockError('request.invalid', `"${path}" cannot be written (${code}).`, { cause }) : cause;
}

function occupied(path: string): PenstockError {
  return new PenstockError('request.invalid', `There is a file "${path}" already; --force replaces it.`);
}

function unreadable(path: string, cause?: unknown): PenstockError {
  return new PenstockError('request.invalid', `"${path}" is no file that can be read.`, { cause });
}
