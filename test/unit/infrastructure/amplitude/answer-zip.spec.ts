import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Entry } from 'yauzl';
import { ZipFile } from 'yazl';
import { afterAll, describe, expect, it } from 'vitest';
import { AnswerZip } from '../../../../src/infrastructure/amplitude/answer-zip.js';

const folder = mkdtempSync(join(tmpdir(), 'penstock-answer-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NAME = '1/1_2024-02-01_5#0.json.gz';
const WINDOW = { first: 474_101, last: 474_101 };
const BROKEN = { code: 'vendor.broken' };
/** Not all of it can be compressed, and it is of several pieces. */
const content = Buffer.from(Array.from({ length: 400_000 }, (_, n) => (n * n) % 251));

async function zipOf(deflates: boolean, change: (zip: Buffer) => void = () => {}): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(content, NAME, { compress: deflates, mtime: new Date(0) });
  zip.end();
  const bytes = await buffer(zip.outputStream);
  change(bytes);
  return bytes;
}

async function using<T>(at: Buffer | string, use: (zip: AnswerZip, entry: Entry) => Promise<T>): Promise<T> {
  const zip = await AnswerZip.open(at);
  try {
    const [entry] = [...zip.byHour(WINDOW)!.values()].flat();
    return await use(zip, entry!);
  } finally {
    await zip.close();
  }
}

const whole = (zip: AnswerZip, entry: Entry): Promise<Buffer> => zip.readWhole(entry);
const inPieces = async (zip: AnswerZip, entry: Entry): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of zip.read(entry)) pieces.push(piece);
  return Buffer.concat(pieces);
};
const ways: [string, typeof whole][] = [
  ['as a whole', whole],
  ['in pieces', inPieces],
];
/** Offsets in the list of files: APPNOTE.TXT 4.3.12. */
const listAt = (zip: Buffer): number => zip.lastIndexOf('PK\x01\x02');
const wrongs: [string, (zip: Buffer) => void][] = [
  ['is longer than its list says', (zip) => zip.writeUInt32LE(399_999, listAt(zip) + 24)],
  ['is shorter than its list says', (zip) => zip.writeUInt32LE(400_001, listAt(zip) + 24)],
  ['has another CRC', (zip) => zip.writeUInt32LE(7, listAt(zip) + 16)],
  ['is compressed in a way that nobody knows', (zip) => zip.writeUInt16LE(99, listAt(zip) + 10)],
  ['is encrypted', (zip) => zip.writeUInt16LE(zip.readUInt16LE(listAt(zip) + 8) | 1, listAt(zip) + 8)],
  ['lies elsewhere', (zip) => zip.writeUInt32LE(5, listAt(zip) + 42)],
];

describe.each(ways)('a file of an answer, read %s', (_way, read) => {
  it.each([
    ['stored', false],
    ['deflated', true],
  ])('is the same from memory and from the disk, %s', async (_how, deflates) => {
    const bytes = await zipOf(deflates);
    const path = join(folder, 'answer.zip');
    writeFileSync(path, bytes);
    expect((await using(bytes, read)).equals(content)).toBe(true);
    expect((await using(path, read)).equals(content)).toBe(true);
  });

  it.each(wrongs)('is refused when it %s', async (_wrong, change) => {
    for (const deflates of [false, true]) {
      const bytes = await zipOf(deflates, change);
      // What the list says of a stored file may be found out when the archive is opened.
      await expect((async () => using(bytes, read))()).rejects.toMatchObject(BROKEN);
    }
  });
});

it.runIf(process.platform === 'linux')('an answer on the disk is let go of, whole or not', async () => {
  const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
  const path = join(folder, 'let-go.zip');
  writeFileSync(path, await zipOf(true));
  const before = await open();
  await using(path, whole);
  writeFileSync(path, 'no zip');
  await expect(AnswerZip.open(path)).rejects.toMatchObject(BROKEN);
  expect(await open()).toBe(before);
});
