import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { PenstockError } from '../../domain/errors.js';

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** The text of a small file, its BOM off. @throws PenstockError `file.unknown`, `request.invalid` */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await readBytes(path);
  if (!isUtf8(bytes)) throw new PenstockError('request.invalid', `"${path}" is not UTF-8.`);
  return bytes.toString('utf8').replace(/^\uFEFF/u, '');
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_FILE_BYTES) return await readFile(path);
  } catch (cause) {
    throw new PenstockError('file.unknown', `"${path}" cannot be read.`, { cause });
  }
  throw new PenstockError('request.invalid', `"${path}" is larger than ${MAX_FILE_BYTES} bytes.`);
}
