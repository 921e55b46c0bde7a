import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRows } from '../../../../src/interfaces/cli/load/row-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-row-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

async function rowsOf(content: string | Uint8Array): Promise<unknown[]> {
  const path = join(folder, 'rows.json');
  await writeFile(path, content);
  const { rows } = await openRows(path, { table: 'user-locations', maxRowBytes: 1000, tell: () => undefined });
  return all(rows);
}

describe('a file of JSON', () => {
  it.each(['[{"uuid":"é"}]', '{"data":[{"uuid":"é"}]}'])('is a list, or a body as of REST: %s', async (text) => {
    expect(await rowsOf(text)).toEqual([{ uuid: 'é' }]);
  });

  it.each([
    [Buffer.from('[{"uuid":"\xff"}]', 'latin1'), /UTF-8/, []],
    ['[', /is not JSON/, []],
    ['{"data":[],"more":1}', /must be a list of rows/, ['more']],
    ['{"data":{}}', /must be a list of rows/, ['data']],
    ['7', /must be a list of rows/, ['data']],
  ])('is refused as %j', async (content, message, paths) => {
    const error: unknown = await rowsOf(content).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'rows.rejected', message: expect.stringMatching(message) });
    expect((error as { faults?: { path: string }[] }).faults?.map(({ path }) => path)).toEqual(paths);
  });
});
