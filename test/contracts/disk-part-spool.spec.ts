import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PenstockError } from '../../src/domain/errors.js';
import type { PartBody } from '../../src/domain/ports/appmetrica-logs.port.js';
import { DiskPartSpool } from '../../src/infrastructure/spool/disk-part-spool.js';

let folder: string;
let spool: DiskPartSpool;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-spool-'));
  spool = new DiskPartSpool(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* chunks(...texts: readonly (string | Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield typeof text === 'string' ? Buffer.from(text) : text;
  }
}
const bodyOf = (bytes: AsyncGenerator<Uint8Array>, encoding: PartBody['encoding'] = 'identity'): PartBody => ({
  encoding,
  bytes: Object.assign(bytes, { destroy: () => undefined }),
});
async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of bytes) all.push(chunk);
  return Buffer.concat(all).toString();
}
const look = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => void (await textOf(bytes));
const at = (part: number, parts = 4) => ({ job: 'job-1', parts, part });
const facts = () => ({ rows: 2, parts: 4 });
const files = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

describe('DiskPartSpool', () => {
  it('keeps parts, compressed or not, for any process that looks', async () => {
    const seen: string[] = [];
    const inspect = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => void seen.push(await textOf(bytes));
    await spool.keep(at(2), bodyOf(chunks('plain ', 'text')), inspect);
    const zipped = gzipSync('compressed');
    await spool.keep(at(0), bodyOf(chunks(zipped.subarray(0, 9), zipped.subarray(9)), 'gzip'), inspect);
    expect(seen).toEqual(['plain text', 'compressed']);
    const later = new DiskPartSpool(folder);
    expect(await later.parts('job-1', 4)).toEqual(new Set([0, 2]));
    expect([await textOf(later.read(at(0))), await textOf(later.read(at(2)))]).toEqual(['compressed', 'plain text']);
  });

  it.each([
    ['breaks off on its way', bodyOf(chunks('a', new PenstockError('vendor.broken', 'cut'))), look],
    ['breaks off within its compression', bodyOf(chunks(gzipSync('abcdefgh').subarray(0, 12)), 'gzip'), look],
    ['is not compressed as it says', bodyOf(chunks('abcdefgh'), 'gzip'), look],
    [
      'is found fault with',
      bodyOf(chunks('abc')),
      async (): Promise<void> => Promise.reject(new PenstockError('vendor.broken', 'no')),
    ],
  ])('keeps nothing of a part that %s', async (_, body, inspect) => {
    await expect(spool.keep(at(1), body, inspect)).rejects.toMatchObject({ code: 'vendor.broken' });
    expect(await spool.parts('job-1', 4)).toEqual(new Set());
    expect(await files()).toEqual([]);
  });

  it('throws away parts of another split', async () => {
    await spool.keep(at(0, 2), bodyOf(chunks('old')), look);
    await spool.keep(at(0, 4), bodyOf(chunks('new')), look);
    expect([await spool.parts('job-1', 2), await spool.parts('job-1', 4)]).toEqual([new Set(), new Set([0])]);
  });

  it('publishes content whole, with what it is, and throws the parts away', async () => {
    await spool.keep(at(0), bodyOf(chunks('part')), look);
    const published = await spool.publish('job-1', chunks('ab', 'c'), facts);
    const sha256 = createHash('sha256').update('abc').digest('hex');
    expect(published).toEqual({ rows: 2, parts: 4, bytes: 3, sha256, host: expect.any(String) });
    const found = await new DiskPartSpool(folder).open('job-1');
    expect(found?.content).toEqual(published);
    expect([await textOf(found!.read()), await textOf(found!.read())]).toEqual(['abc', 'abc']);
    expect(await spool.parts('job-1', 4)).toEqual(new Set());
  });

  it('publishes nothing when the content fails, and leaves the parts', async () => {
    await spool.keep(at(0), bodyOf(chunks('part')), look);
    await expect(spool.publish('job-1', chunks('ab', new Error('stop')), facts)).rejects.toThrow('stop');
    expect(await spool.open('job-1')).toBeUndefined();
    expect([await spool.parts('job-1', 4), await files()]).toEqual([new Set([0]), ['0.identity']]);
  });

  it('publishes one of two contents at once, and that one whole', async () => {
    const [long, short] = ['x'.repeat(300_000), 'y'.repeat(1000)];
    await Promise.all([long, short].map((text) => spool.publish('job-1', chunks(text), facts)));
    const found = (await spool.open('job-1'))!;
    const text = await textOf(found.read());
    expect([long, short]).toContain(text);
    expect(createHash('sha256').update(text).digest('hex')).toBe(found.content.sha256);
  });

  it('does not take for content what the disk has lost a part of', async () => {
    await spool.publish('job-1', chunks('abc'), facts);
    const name = (await files()).find((file) => file.startsWith('content-'))!;
    await truncate(join(folder, 'job-1', name), 2);
    expect(await spool.open('job-1')).toBeUndefined();
  });

  it('never leaves its folder', async () => {
    for (const job of ['../elsewhere', '..', 'a/b', '']) {
      expect(await spool.open(job)).toBeUndefined();
      await spool.remove(job);
      await expect(spool.parts(job, 1)).rejects.toMatchObject({ code: 'export.unknown' });
    }
  });

  it('sweeps what is left of exports that are known no longer, when nobody has touched it for long', async () => {
    for (const job of ['known', 'unknown']) await spool.publish(job, chunks('abc'), facts);
    await writeFile(join(folder, 'a file'), '');
    const isKnown = async (job: string): Promise<boolean> => job === 'known';
    expect(await spool.sweep(60_000, isKnown)).toBe(0);
    expect(await spool.sweep(-1, isKnown)).toBe(1);
    expect([(await spool.open('known')) !== undefined, await spool.open('unknown')]).toEqual([true, undefined]);
  });

  it('forgets all of an export', async () => {
    await spool.publish('job-1', chunks('abc'), facts);
    await spool.remove('job-1');
    expect([await spool.open('job-1'), await readdir(folder)]).toEqual([undefined, []]);
  });
});
