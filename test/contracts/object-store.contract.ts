import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectContent, ObjectStore } from '../../src/domain/ports/object-store.port.js';
import { breakingAfter, bytesOf, collected, inChunks, MIB, sha256, spliced } from '../support/object-bytes.js';

export interface ObjectStoreHarness {
  readonly store: ObjectStore;
  /** As another process would hold it. */
  readonly others: ObjectStore;
  /** Of a bucket that does not exist. */
  readonly bucketless: ObjectStore;
  /** With keys the engine does not know. */
  readonly refused?: ObjectStore;
  /** An adapter for an engine that does not answer. */
  readonly unreachable: ObjectStore;
  /** Bytes that went to the store, came from it, or were copied in it since the start. */
  moved(way: 'sent' | 'received' | 'copied'): number;
  openUploads(): Promise<number>;
  putDressed(key: string, body: Uint8Array): Promise<unknown>;
  tagsOf(key: string): Promise<unknown>;
  headOf(key: string): Promise<object>;
  /** What this engine, which is not ours, is known not to do. */
  readonly lacks?: readonly ('atomic conditions' | 'control characters')[];
  close(): Promise<void>;
}

let made = 0;
const fresh = (stem = 'object'): string => `contract/${stem}-${(made += 1)}-${Date.now().toString(36)}`;

/** What every ObjectStore adapter promises. */
export function objectStoreContract(engine: string, open: (() => Promise<ObjectStoreHarness>) | undefined): void {
  describe.skipIf(open === undefined)(`ObjectStore on ${engine}`, { timeout: 120_000 }, () => {
    let at: ObjectStoreHarness;
    beforeAll(async () => {
      at = await open!();
    });
    afterAll(() => at?.close());

    const put = (key: string, bytes: Uint8Array, options = {}) => at.store.put(key, inChunks(bytes), options);
    const read = async (key: string, request = {}): Promise<ObjectContent & { bytes: Buffer }> => {
      const content = await at.store.read(key, request);
      if (content === 'unmodified') throw new Error('It is unmodified.');
      return { ...content, bytes: await collected(content.body) };
    };
    const bytesIn = async (key: string): Promise<Buffer> => (await read(key)).bytes;
    const lacks = (what: NonNullable<ObjectStoreHarness['lacks']>[number]): boolean =>
      at.lacks?.includes(what) ?? false;

    describe('storing and reading', () => {
      it('gives back what was stored, with its size, type, metadata and ETag', async () => {
        const key = fresh();
        const stored = await put(key, Buffer.from('hello'), {
          contentType: 'text/plain',
          metadata: { owner: 'sales' },
        });
        expect(stored).toMatchObject({ key, size: 5, etag: '"5d41402abc4b2a76b9719d911017c592"' });
        const { bytes, ...head } = await read(key);
        expect(bytes.toString()).toBe('hello');
        expect(head).toMatchObject({ key, size: 5, length: 5, etag: stored.etag, contentType: 'text/plain' });
        expect(head.metadata).toEqual({ owner: 'sales' });
        expect(Math.abs(Date.now() - head.lastModified.getTime())).toBeLessThan(3_600_000);
        expect(await at.store.head(key)).toMatchObject({ key, size: 5, etag: stored.etag, contentType: 'text/plain' });
      });

      it('stores nothing but an empty object for no content', async () => {
        const key = fresh();
        expect(await put(key, Buffer.alloc(0))).toMatchObject({ size: 0 });
        expect((await bytesIn(key)).length).toBe(0);
      });

      it.each([
        ['less than a part', 5 * MIB],
        ['exactly a part', 8 * MIB],
        ['several parts and a little', 17 * MIB + 3],
      ])('stores content of unknown length: %s', async (_, length) => {
        const key = fresh();
        const bytes = bytesOf(length);
        expect(await put(key, bytes)).toMatchObject({ size: length });
        expect(sha256(await bytesIn(key))).toBe(sha256(bytes));
        expect(await at.openUploads()).toBe(0);
      });

      it('knows an absent object from a present one', async () => {
        expect(await at.store.head(fresh())).toBeUndefined();
        await expect(at.store.read(fresh())).rejects.toMatchObject({ code: 'object.unknown' });
      });

      it.each([
        [{ first: 2, last: 5 }, '2345', 'bytes 2-5/10'],
        [{ first: 7 }, '789', 'bytes 7-9/10'],
        [{ first: 7, last: 100 }, '789', 'bytes 7-9/10'],
        [{ suffix: 3 }, '789', 'bytes 7-9/10'],
        [{ suffix: 30 }, '0123456789', 'bytes 0-9/10'],
      ])('reads the range %j', async (range, text, contentRange) => {
        const key = fresh();
        await put(key, Buffer.from('0123456789'));
        const { bytes, ...answer } = await read(key, { range });
        expect(bytes.toString()).toBe(text);
        expect(answer).toMatchObject({ contentRange, length: text.length, size: 10 });
      });

      it('refuses a range behind the end', async () => {
        const key = fresh();
        await put(key, Buffer.from('0123456789'));
        await expect(read(key, { range: { first: 10 } })).rejects.toMatchObject({ code: 'object.range' });
      });

      it('reads only what was not read before, and only what is still the same', async () => {
        const key = fresh();
        const { etag } = await put(key, Buffer.from('one'));
        expect(await at.store.read(key, { ifNoneMatch: etag })).toBe('unmodified');
        expect((await read(key, { ifMatch: etag })).bytes.toString()).toBe('one');
        await put(key, Buffer.from('two'));
        expect((await read(key, { ifNoneMatch: etag })).bytes.toString()).toBe('two');
        await expect(read(key, { ifMatch: etag })).rejects.toMatchObject({ code: 'object.unmatched' });
      });

      it('lets go of an object that is not read to its end', async () => {
        const key = fresh();
        await put(key, bytesOf(9 * MIB));
        for (let time = 0; time < 5; time += 1) {
          const content = await at.store.read(key);
          if (content !== 'unmodified') content.body.destroy();
        }
        expect((await bytesIn(key)).length).toBe(9 * MIB);
      });
    });

    describe('keys', () => {
      it.each([
        ['spaces and signs', `a b+c%20d&e=f?g#h;i:j@k!l$m'n(o)p*q,r[s]t{u}v|w\\x^y~z"<>\``],
        ['other alphabets', 'größe/данные/数据/😀'],
        ['a slash in front, in the middle and behind', '/a//b/'],
        ['dots that climb nowhere', '...a/.b/..c/d..'],
        ['1,024 bytes', 'k'.repeat(1000)],
      ])('are taken as they are: %s', async (_, name) => {
        const key = `${fresh('key')}${name}`;
        const content = Buffer.from(name);
        await put(key, content);
        expect((await bytesIn(key)).equals(content)).toBe(true);
        const { objects } = await at.store.list({ prefix: key, limit: 10 });
        expect(objects.map((object) => object.key)).toEqual([key]);
        await at.store.splice(key, 1, inChunks(Buffer.from('!')));
        expect((await bytesIn(key)).subarray(1, 2).toString()).toBe('!');
        expect(await at.store.delete(key)).toBe(true);
        expect(await at.store.head(key)).toBeUndefined();
      });

      it('may hold control characters', async (context) => {
        if (lacks('control characters')) return context.skip();
        const key = `${fresh('key')}\u0001\n\t\u001f`;
        await put(key, Buffer.from('x'));
        const { objects } = await at.store.list({ prefix: key.slice(0, -4), limit: 10 });
        expect(objects.map((object) => object.key)).toEqual([key]);
      });

      it('of large objects are copied by name whatever they hold', async () => {
        const key = `${fresh('key')} größe+%2F😀`;
        const before = bytesOf(14 * MIB);
        await put(key, before);
        await at.store.splice(key, 6 * MIB, inChunks(Buffer.from('x')));
        expect(sha256(await bytesIn(key))).toBe(sha256(spliced(before, 6 * MIB, Buffer.from('x'))));
      });
    });

    describe('listing', () => {
      it('pages through keys in order, each once', async () => {
        const prefix = `${fresh('list')}/`;
        const keys = ['b', 'a', 'c/d', 'ä', 'Z', 'a b', 'a+b'].map((name) => `${prefix}${name}`);
        for (const key of keys) await put(key, Buffer.from(key));
        const seen: string[] = [];
        for (let cursor: string | undefined, more = true; more;) {
          const page = await at.store.list({ prefix, limit: 2, ...(cursor !== undefined && { cursor }) });
          expect(page.objects.length).toBeLessThanOrEqual(2);
          seen.push(...page.objects.map(({ key }) => key));
          cursor = page.next;
          more = cursor !== undefined;
        }
        expect(seen).toEqual(keys.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))));
      });

      it('tells what keys have in common up to a delimiter', async () => {
        const prefix = `${fresh('tree')}/`;
        for (const name of ['a.txt', 'b/1', 'b/2', 'c/1/2', 'z.txt']) await put(`${prefix}${name}`, Buffer.from(name));
        const { objects, prefixes, next } = await at.store.list({ prefix, delimiter: '/', limit: 100 });
        expect(objects.map(({ key, size }) => [key, size])).toEqual([
          [`${prefix}a.txt`, 5],
          [`${prefix}z.txt`, 5],
        ]);
        expect(prefixes).toEqual([`${prefix}b/`, `${prefix}c/`]);
        expect(next).toBeUndefined();
      });

      it('is empty where nothing is, and refuses a cursor it has not given out', async () => {
        expect(await at.store.list({ prefix: fresh(), limit: 10 })).toEqual({ objects: [], prefixes: [] });
        await expect(at.store.list({ limit: 10, cursor: '!' })).rejects.toMatchObject({ code: 'cursor.invalid' });
      });
    });

    describe('conditions', () => {
      it('creates only what is absent', async () => {
        const key = fresh();
        await put(key, Buffer.from('one'), { condition: { ifAbsent: true } });
        const again = put(key, Buffer.from('two'), { condition: { ifAbsent: true } });
        await expect(again).rejects.toMatchObject({ code: 'object.exists' });
        expect((await bytesIn(key)).toString()).toBe('one');
      });

      it('replaces only what is present', async () => {
        const key = fresh();
        const absent = put(key, Buffer.from('one'), { condition: { ifPresent: true } });
        await expect(absent).rejects.toMatchObject({ code: 'object.unknown' });
        await put(key, Buffer.from('one'));
        await put(key, Buffer.from('two'), { condition: { ifPresent: true } });
        expect((await bytesIn(key)).toString()).toBe('two');
      });

      it('replaces only what has the ETag', async () => {
        const key = fresh();
        const { etag } = await put(key, Buffer.from('one'));
        const { etag: next } = await put(key, Buffer.from('two'), { condition: { ifMatch: etag } });
        const stale = put(key, Buffer.from('three'), { condition: { ifMatch: etag } });
        await expect(stale).rejects.toMatchObject({ code: 'object.unmatched' });
        expect(await at.store.head(key)).toMatchObject({ etag: next });
        const nobody = put(fresh(), Buffer.from('x'), { condition: { ifMatch: etag } });
        await expect(nobody).rejects.toMatchObject({ code: 'object.unknown' });
      });

      it('reads no content when the condition does not hold before', async () => {
        const key = fresh();
        await put(key, Buffer.from('one'));
        const untouched: AsyncIterable<Uint8Array> = {
          [Symbol.asyncIterator]: () => {
            throw new Error('It was read.');
          },
        };
        const refused = at.store.put(key, untouched, { condition: { ifAbsent: true } });
        await expect(refused).rejects.toMatchObject({ code: 'object.exists' });
      });

      it.for([
        ['small', 10],
        ['large', 9 * MIB],
      ] as const)('lets one of several creators win, whose object it then is: %s', async ([, length], context) => {
        if (lacks('atomic conditions')) return context.skip();
        const key = fresh();
        const race = await Promise.allSettled(
          Array.from({ length: 4 }, (_, n) => {
            const store = n % 2 === 0 ? at.store : at.others;
            return store.put(key, inChunks(bytesOf(length, n)), { condition: { ifAbsent: true } });
          }),
        );
        const winners = race.flatMap((outcome, n) => (outcome.status === 'fulfilled' ? [n] : []));
        expect(winners).toHaveLength(1);
        expect((await bytesIn(key)).equals(bytesOf(length, winners[0]))).toBe(true);
        for (const outcome of race) {
          if (outcome.status === 'rejected') expect(['object.exists', 'object.changed']).toContain(outcome.reason.code);
        }
        expect(await at.openUploads()).toBe(0);
      });
    });

    describe('splicing', () => {
      const small = Buffer.from('0123456789');
      it.each([
        ['at the beginning', 0, 'ab', 'ab23456789'],
        ['in the middle', 4, 'ab', '0123ab6789'],
        ['over the end', 8, 'abcd', '01234567abcd'],
        ['at the end', 10, 'ab', '0123456789ab'],
        ['over everything', 0, 'abcdefghijkl', 'abcdefghijkl'],
        ['nothing', 3, '', '0123456789'],
      ])('replaces bytes %s', async (_, offset, content, after) => {
        const key = fresh();
        await put(key, small);
        const stored = await at.store.splice(key, offset, inChunks(Buffer.from(content)));
        expect((await bytesIn(key)).toString()).toBe(after);
        expect(stored).toMatchObject({ key, size: after.length, etag: (await at.store.head(key))?.etag });
      });

      it('refuses to leave a gap, and to patch what is not there', async () => {
        const key = fresh();
        await put(key, small);
        const gap = at.store.splice(key, 11, inChunks(Buffer.from('x')));
        await expect(gap).rejects.toMatchObject({ code: 'object.gap' });
        expect((await bytesIn(key)).equals(small)).toBe(true);
        const nobody = at.store.splice(fresh(), 0, inChunks(Buffer.from('x')));
        await expect(nobody).rejects.toMatchObject({ code: 'object.unknown' });
      });

      it.each([
        ['near the beginning', 100, 10],
        ['behind the smallest part', 5 * MIB, 10],
        ['in the middle', 10 * MIB + 1, 10],
        ['near the end', 20 * MIB - 20, 10],
        ['over the end', 20 * MIB - 5, 1000],
        ['at the end', 20 * MIB, 10],
        ['much of it', 3 * MIB, 14 * MIB],
        ['much more than it has', 19 * MIB, 12 * MIB],
      ])('replaces bytes of a large object %s', async (_, offset, length) => {
        const key = fresh();
        const before = bytesOf(20 * MIB);
        await put(key, before);
        const content = bytesOf(length, 11);
        const stored = await at.store.splice(key, offset, inChunks(content));
        const after = spliced(before, offset, content);
        expect(sha256(await bytesIn(key))).toBe(sha256(after));
        expect(stored.size).toBe(after.length);
        expect(await at.openUploads()).toBe(0);
      });

      it('moves little of a large object when little is patched', async () => {
        const key = fresh();
        await put(key, bytesOf(30 * MIB));
        const [sent, received] = [at.moved('sent'), at.moved('received')];
        await at.store.splice(key, 12 * MIB, inChunks(Buffer.alloc(1024)));
        expect(at.moved('sent') - sent).toBeLessThanOrEqual(5 * MIB);
        expect(at.moved('received') - received).toBeLessThanOrEqual(5 * MIB);
        const appended = at.moved('sent');
        await at.store.splice(key, 30 * MIB, inChunks(Buffer.alloc(1024)));
        expect(at.moved('sent') - appended).toBe(1024);
      });

      it.each([
        ['small', 10],
        ['large', 13 * MIB],
      ])('keeps type, metadata and tags of an object: %s', async (_, length) => {
        const key = fresh();
        await at.putDressed(key, bytesOf(length));
        await at.store.splice(key, 1, inChunks(Buffer.from('x')));
        expect(await at.headOf(key)).toMatchObject({
          ContentType: 'text/csv; charset=utf-8',
          CacheControl: 'max-age=60',
          ContentDisposition: 'inline',
          ContentLanguage: 'de',
          Metadata: { owner: 'sales', 'two-words': 'a b' },
        });
        expect(await at.tagsOf(key)).toEqual([
          ['team', 'a b'],
          ['kept', 'yes'],
        ]);
      });

      it('is held to the ETag it was given', async () => {
        const key = fresh();
        const { etag } = await put(key, small);
        const { etag: next } = await at.store.splice(key, 0, inChunks(Buffer.from('a')), { ifMatch: etag });
        const stale = at.store.splice(key, 1, inChunks(Buffer.from('b')), { ifMatch: etag, retries: 3 });
        await expect(stale).rejects.toMatchObject({ code: 'object.unmatched' });
        expect(await at.store.head(key)).toMatchObject({ etag: next });
      });

      it.each([
        ['small', 10],
        ['large', 13 * MIB],
      ])('notices that the object was changed while the content came: %s', async (_, length) => {
        const key = fresh();
        await put(key, bytesOf(length));
        async function* slow(): AsyncGenerator<Uint8Array> {
          yield Buffer.from('a');
          await at.others.splice(key, 5, inChunks(Buffer.from('other')));
          yield Buffer.from('b');
        }
        await expect(at.store.splice(key, 0, slow())).rejects.toMatchObject({ code: 'object.changed' });
        const after = spliced(bytesOf(length), 5, Buffer.from('other'));
        expect((await bytesIn(key)).equals(after)).toBe(true);
        expect(await at.openUploads()).toBe(0);
      });

      it.for([
        ['small', 10],
        ['large', 13 * MIB],
      ] as const)('loses nothing of concurrent patches that try again: %s', async ([, length], context) => {
        if (lacks('atomic conditions')) return context.skip();
        const key = fresh();
        await put(key, bytesOf(length));
        const patches = Array.from({ length: 5 }, (_, n) => {
          const store = n % 2 === 0 ? at.store : at.others;
          return store.splice(key, n * 2, inChunks(Buffer.from([n, n])), { retries: 20 });
        });
        await Promise.all(patches);
        const after = await bytesIn(key);
        expect([...after.subarray(0, 10)]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
        expect(after.subarray(10).equals(bytesOf(length).subarray(10))).toBe(true);
      });
    });

    describe('giving up', () => {
      it.each([
        ['a small object', 100, 0],
        ['an upload in parts', 18 * MIB, 0],
      ])('stores nothing of content that is cut off: %s', async (_, length) => {
        const key = fresh();
        await expect(at.store.put(key, breakingAfter(bytesOf(length)))).rejects.toThrow('The client has gone.');
        expect(await at.store.head(key)).toBeUndefined();
        expect(await at.openUploads()).toBe(0);
      });

      it.each([
        ['small', 10, 5],
        ['large', 13 * MIB, 10 * MIB],
      ])('leaves an object as it was when a patch is cut off: %s', async (_, length, cutAfter) => {
        const key = fresh();
        const { etag } = await put(key, bytesOf(length));
        const cut = at.store.splice(key, 3, breakingAfter(bytesOf(cutAfter)));
        await expect(cut).rejects.toThrow('The client has gone.');
        expect(await at.store.head(key)).toMatchObject({ etag });
        expect(await at.openUploads()).toBe(0);
      });

      it('stores nothing when it is told to stop, also while no content comes', async () => {
        const key = fresh();
        const controller = new AbortController();
        async function* stalling(): AsyncGenerator<Uint8Array> {
          yield* inChunks(bytesOf(17 * MIB));
          controller.abort(new Error('Stopped.'));
          await new Promise(() => undefined);
        }
        const stopped = at.store.put(key, stalling(), { signal: controller.signal });
        await expect(stopped).rejects.toThrow('Stopped.');
        expect(await at.store.head(key)).toBeUndefined();
        expect(await at.openUploads()).toBe(0);
      });
    });

    describe('deleting', () => {
      it('says whether there was anything to delete', async () => {
        const key = fresh();
        await put(key, Buffer.from('x'));
        expect(await at.store.delete(key)).toBe(true);
        expect(await at.store.delete(key)).toBe(false);
      });

      it('has one winner, however many race', async (context) => {
        if (lacks('atomic conditions')) return context.skip();
        const key = fresh();
        await put(key, Buffer.from('x'));
        const outcomes = await Promise.all(Array.from({ length: 8 }, () => at.store.delete(key)));
        expect(outcomes.filter(Boolean)).toHaveLength(1);
      });

      it('is held to the ETag it was given', async () => {
        const key = fresh();
        const { etag } = await put(key, Buffer.from('one'));
        await put(key, Buffer.from('two'));
        await expect(at.store.delete(key, { ifMatch: etag })).rejects.toMatchObject({ code: 'object.unmatched' });
        expect((await bytesIn(key)).toString()).toBe('two');
      });
    });

    describe('presigned URLs', () => {
      it('download and upload for whoever holds them', async () => {
        const key = fresh('größe ');
        const upload = await fetch(await at.store.presign(key, 'put', 60), { method: 'PUT', body: 'by URL' });
        expect(upload.status).toBe(200);
        const download = await fetch(await at.store.presign(key, 'get', 60));
        expect([download.status, await download.text()]).toEqual([200, 'by URL']);
      });
    });

    describe('a bucket that cannot be used', () => {
      const uses: [string, (store: ObjectStore) => Promise<unknown>][] = [
        ['list', (store) => store.list({ limit: 1 })],
        ['head', (store) => store.head('k')],
        ['read', (store) => store.read('k')],
        ['put', (store) => store.put('k', inChunks(Buffer.from('x')))],
        ['put if absent', (store) => store.put('k', inChunks(Buffer.from('x')), { condition: { ifAbsent: true } })],
        ['put in parts', (store) => store.put('k', inChunks(bytesOf(9 * MIB)))],
        ['splice', (store) => store.splice('k', 0, inChunks(Buffer.from('x')))],
        ['delete', (store) => store.delete('k')],
      ];

      it.each(uses)('is told from a missing object: %s', async (_, use) => {
        await expect(use(at.bucketless)).rejects.toMatchObject({ code: 'bucket.unknown' });
      });

      it.each(uses)('is not reached: %s', async (_, use) => {
        await expect(use(at.unreachable)).rejects.toMatchObject({ code: 'bucket.unreachable' });
      });

      it.each(uses)('does not know who asks: %s', async (_, use) => {
        if (at.refused) await expect(use(at.refused)).rejects.toMatchObject({ code: 'bucket.forbidden' });
      });
    });
  });
}
