import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { join } from 'node:path';
import { PenstockError } from '../../domain/errors.js';
import type { Secret, SecretStore } from '../../domain/ports/secret-store.port.js';
import { secretOf } from './secret-text.js';

/** Kubernetes takes no secret of more. */
const MAX_BYTES = 1_048_576;
/** As Docker and Kubernetes name them. Neither a folder nor what begins with two dots, as Kubernetes' own files do. */
const FILE_NAME = /^(?!\.\.)[\w.-]{1,253}$/;
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/** Secrets that are files of one folder, named as the secret is: `/run/secrets` of Docker, a mounted Secret of Kubernetes. */
export class FileSecretStore implements SecretStore {
  constructor(private readonly folder: string) {}

  async read(id: string): Promise<Secret> {
    if (!FILE_NAME.test(id) || id === '.') throw new PenstockError('secret.unknown', `No file can be called "${id}".`);
    const bytes = await this.content(id);
    if (!isUtf8(bytes)) throw new PenstockError('secret.invalid', `The file of the secret "${id}" is no text.`);
    // Editors and `echo` end a file with a line feed that is not part of the secret.
    return secretOf(bytes.toString('utf8').replace(/\r?\n$/, ''));
  }

  /** @throws PenstockError `secret.unreachable` */
  async check(): Promise<void> {
    try {
      await access(this.folder, constants.R_OK | constants.X_OK);
    } catch (cause) {
      throw new PenstockError('secret.unreachable', 'The folder of secrets (SECRETS_DIR) cannot be read.', { cause });
    }
  }

  private async content(id: string): Promise<Buffer> {
    try {
      const file = await open(join(this.folder, id), 'r');
      try {
        const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MAX_BYTES + 1) });
        if (bytesRead <= MAX_BYTES) return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    } catch (cause) {
      throw translate(cause, id);
    }
    throw new PenstockError('secret.invalid', `The file of the secret "${id}" has more than ${MAX_BYTES} bytes.`);
  }
}

function translate(cause: unknown, id: string): PenstockError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (NOT_THERE.has(code)) {
    return new PenstockError('secret.unknown', `There is no file for the secret "${id}".`, { cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new PenstockError('secret.refused', `The file of the secret "${id}" may not be read.`, { cause });
  }
  return new PenstockError('secret.unreachable', `The file of the secret "${id}" could not be read (${code}).`, {
    cause,
  });
}
