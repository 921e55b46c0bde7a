import { open, rename } from 'node:fs/promises';

/** Writes a file so that it is the old one or the new one at any moment, whatever happens to this process. */
export async function replaceFile(path: string, text: string, sync = false): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w');
  try {
    await file.writeFile(text);
    if (sync) await file.datasync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
