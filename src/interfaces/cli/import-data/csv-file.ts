import { access, constants, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CsvSource } from '../../../application/sales-reporting/imports/csv-import.js';
import { PenstockError } from '../../../domain/errors.js';

const READ_BYTES = 262_144;

/** A file of this machine, or standard input for `-`. @throws PenstockError `file.unknown` */
export async function csvFile(path: string): Promise<CsvSource> {
  if (path === '-') return { name: '-', isRepeatable: false, open: () => process.stdin };
  const found = await stat(path).catch((cause: unknown) => {
    throw new PenstockError('file.unknown', `There is no file "${path}".`, { cause });
  });
  if (found.isDirectory()) throw new PenstockError('file.unknown', `"${path}" is a folder.`);
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new PenstockError('file.unknown', `"${path}" may not be read.`, { cause });
  });
  const isRepeatable = found.isFile(); // a pipe is not
  return {
    name: basename(path),
    isRepeatable,
    open: () => bytesOf(path),
    ...(isRepeatable && { size: found.size }),
  };
}

/** Into the same buffer again and again: a large file would leave its whole size as garbage otherwise. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
