import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PenstockError } from '../../domain/errors.js';

/** Content that can be read more than once. */
export interface KeptContent {
  read(): AsyncIterable<Uint8Array>;
  release(): Promise<void>;
}

export interface KeepLimits {
  readonly memoryBytes: number;
  readonly fileBytes: number;
}

/** What is kept for another try: a little in memory, more in a temporary file that has no name and goes with the process. */
export const KEEP_LIMITS: KeepLimits = { memoryBytes: 1024 ** 2, fileBytes: 1024 ** 3 };

/** @throws PenstockError `request.too-large` */
export async function keepContent(content: AsyncIterable<Uint8Array>, limits: KeepLimits): Promise<KeptContent> {
  const chunks: Uint8Array[] = [];
  let file: FileHandle | undefined;
  let bytes = 0;
  try {
    for await (const chunk of content) {
      bytes += chunk.length;
      if (bytes > limits.fileBytes) throw tooLarge(limits);
      chunks.push(chunk);
      if (bytes <= limits.memoryBytes) continue;
      file ??= await namelessFile();
      await file.writev(chunks.splice(0));
    }
  } catch (error) {
    await file?.close();
    throw error;
  }
  return file === undefined ? inMemory(chunks) : inFile(file);
}

function inMemory(chunks: readonly Uint8Array[]): KeptContent {
  return {
    async *read() {
      yield* chunks;
    },
    release: async () => undefined,
  };
}

function inFile(file: FileHandle): KeptContent {
  return { read: () => file.createReadStream({ start: 0, autoClose: false }), release: () => file.close() };
}

async function namelessFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `penstock-content-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}

function tooLarge({ fileBytes }: KeepLimits): PenstockError {
  return new PenstockError(
    'request.too-large',
    `Content of more than ${fileBytes} bytes is not kept for another try; send it without retries.`,
  );
}
