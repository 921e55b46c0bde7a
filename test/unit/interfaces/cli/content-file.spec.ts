import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { saveContent } from '../../../../src/interfaces/cli/objects/content-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-content-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

const signal = new AbortController().signal;

const content = (text: string): Readable => Readable.from([Buffer.from(text)]);

it('writes a file that is whole, and nothing beside it', async () => {
  await saveContent(content('one'), join(folder, 'file'), { force: false, signal });
  expect(await readdir(folder)).toEqual(['file']);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('one');
});

it('replaces a file only by force, also one that appeared meanwhile', async () => {
  const path = join(folder, 'file');
  async function* late(): AsyncGenerator<Uint8Array> {
    await writeFile(path, 'of somebody else');
    yield Buffer.from('ours');
  }
  await expect(saveContent(Readable.from(late()), path, { force: false, signal })).rejects.toMatchObject({
    code: 'request.invalid',
  });
  expect(await readFile(path, 'utf8')).toBe('of somebody else');
  await saveContent(content('ours'), path, { force: true, signal });
  expect(await readFile(path, 'utf8')).toBe('ours');
  expect(await readdir(folder)).toEqual(['file']);
});

it('leaves nothing of content that breaks off, or is given up', async () => {
  const controller = new AbortController();
  async function* breaking(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('The store has gone.');
  }
  const stalling = new Readable({ read: () => undefined });
  stalling.push('half');
  const broken = saveContent(Readable.from(breaking()), join(folder, 'file'), { force: false, signal });
  await expect(broken).rejects.toThrow('The store has gone.');
  setImmediate(() => controller.abort(new Error('Stopped.')));
  const stopped = saveContent(stalling, join(folder, 'file'), { force: false, signal: controller.signal });
  await expect(stopped).rejects.toThrow('Stopped.');
  expect(await readdir(folder)).toEqual([]);
});

it('says where it cannot write', async () => {
  const nowhere = saveContent(content('x'), join(folder, 'no', 'folder'), { force: false, signal });
  await expect(nowhere).rejects.toMatchObject({ code: 'request.invalid', message: expect.stringContaining('ENOENT') });
});
