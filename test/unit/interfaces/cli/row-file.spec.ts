import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inflatedWhereZipped, openRows } from '../../../../src/interfaces/cli/load/row-file.js';

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

describe('content', () => {
  it.each([
    ['of gzip', gzipSync('{"uuid":"u"}\n'), '{"uuid":"u"}\n'],
    ['of no gzip', Buffer.from('{"uuid":"u"}\n'), '{"uuid":"u"}\n'],
    ['of one byte', Buffer.from([0x1f]), '\x1f'],
    ['of nothing', Buffer.alloc(0), ''],
  ])('%s is told however its bytes come', async (_what, bytes, text) => {
    for (const size of [1, 2, 1000]) {
      const found = await all(inflatedWhereZipped(pieces(bytes, size)));
      expect(Buffer.concat(found).toString()).toBe(text);
    }
  });

  async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
});
