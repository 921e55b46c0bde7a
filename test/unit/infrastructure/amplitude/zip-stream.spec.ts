import { spawnSync } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPromise } from 'yauzl';
import { storedBlocks } from '../../../../src/infrastructure/amplitude/stored-blocks.js';
import { descriptor, directory, localHeader } from '../../../../src/infrastructure/amplitude/zip-records.js';
import { type EntryData, ZipStream } from '../../../../src/infrastructure/amplitude/zip-stream.js';
import { readZip } from '../../../support/read-zip.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-zip-'));
});
afterAll(() => rm(folder, { recursive: true }));

const text = Buffer.from('{"a":1}\n'.repeat(30_000));

async function* deflated(content: Buffer): EntryData {
  yield deflateRawSync(content);
  return { crc: crc32(content), bytes: content.length };
}

async function* archive(atMostBytes: number): AsyncGenerator<Uint8Array> {
  const zip = new ZipStream();
  yield* zip.entry('lines.ndjson', deflated(text), atMostBytes);
  yield* zip.entry('stored é.bin', storedBlocks(pieces(text)), atMostBytes);
  yield* zip.entry('empty', deflated(Buffer.alloc(0)), 0);
  yield* zip.end();
}

async function* pieces(content: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += 70_001) yield content.subarray(at, at + 70_001);
}

describe('a zip archive', () => {
  it.each([
    ['of 32-bit sizes', 1000],
    ['of 64-bit sizes', 5e9],
  ])('%s is read by others, too', async (_, atMostBytes) => {
    const bytes = await buffer(archive(atMostBytes));
    const entries = await readZip(bytes);
    expect([...entries.keys()]).toEqual(['lines.ndjson', 'stored é.bin', 'empty']);
    expect([...entries.values()].map((each) => each.equals(text))).toEqual([true, true, false]);
    const path = join(folder, 'archive.zip');
    await writeFile(path, bytes);
    const judges: [string, string[]][] = [
      ['unzip', ['-tq', path]],
      [
        'python3',
        ['-c', `import zipfile,sys; sys.exit(zipfile.ZipFile(${JSON.stringify(path)}).testzip() is not None)`],
      ],
    ];
    for (const [judge, words] of judges) {
      const { status, error, stdout } = spawnSync(judge, words, { encoding: 'utf8' });
      // A machine may lack one of them.
      expect([error === undefined ? status : 0, stdout]).toEqual([0, expect.any(String)]);
    }
  });

  it('holds entries behind its first four gigabytes', async () => {
    const path = join(folder, 'far.zip');
    const offset = 4_400_000_000;
    const data = deflateRawSync(text);
    const entry = {
      name: 'far',
      isLarge: false,
      offset,
      crc: crc32(text),
      compressedBytes: data.length,
      bytes: text.length,
    };
    const tail = Buffer.concat([localHeader(entry), data, descriptor(entry)]);
    const file = await open(path, 'w');
    await file.write(tail, 0, tail.length, offset);
    const list = directory([entry], offset + tail.length);
    await file.write(list, 0, list.length, offset + tail.length);
    await file.close();
    const zip = await openPromise(path);
    for await (const each of zip.eachEntry()) {
      expect(each.fileName).toBe('far');
      expect((await buffer(await zip.openReadStreamPromise(each))).equals(text)).toBe(true);
    }
    expect(zip.entryCount).toBe(1);
    await rm(path);
  });
});
