import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PenstockError } from '../../../domain/errors.js';

/**
 * Writes each schema as `EVENT_TYPE.avsc`, whole or not at all.
 *
 * @returns the paths of the files
 * @throws PenstockError `request.invalid`: nothing can be written there
 */
export async function writeSchemas(folder: string, schemas: Readonly<Record<string, object>>): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true });
    const files: string[] = [];
    for (const [eventType, schema] of Object.entries(schemas)) {
      const path = join(folder, `${eventType}.avsc`);
      await replaceFile(path, `${JSON.stringify(schema, null, 2)}\n`);
      files.push(path);
    }
    return files;
  } catch (cause) {
    throw new PenstockError('request.invalid', `Schemas cannot be written to "${folder}".`, { cause });
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const half = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(half, text);
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}
