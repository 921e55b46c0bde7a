import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { objectKey, objectsOf } from '../../../../src/infrastructure/embedded/s3/index-keys.js';
import { type IndexScan, IndexStore } from '../../../../src/infrastructure/embedded/s3/index-store.js';
import { listPage, type ListingRequest } from '../../../../src/infrastructure/embedded/s3/listing.js';

describe('A listing', () => {
  let dir: string;
  let index: IndexStore;
  let bucket = 0;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'penstock-listing-'));
    index = await IndexStore.open(dir);
  });
  afterEach(async () => {
    await index.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function filled(keys: readonly string[]): Promise<string> {
    bucket += 1;
    const name = `${bucket}-bucket`;
    // Neighbours must not be seen.
    const neighbours = [`${name}-`, `${name}.`, `${name}0`].map((other) => objectKey(other, 'a'));
    const all = [...keys.map((key) => objectKey(name, key)), ...neighbours];
    await index.change(all.map((put) => ({ put, value: {} })));
    return objectsOf(name);
  }

  const page = (base: string, request: Partial<ListingRequest>) =>
    listPage({ index, base }, { prefix: '', delimiter: '', after: '', max: 1000, ...request });

  /** What S3 says a listing is. */
  function model(keys: readonly string[], { prefix = '', delimiter = '' }: Partial<ListingRequest>): string[] {
    const matching = keys.filter((key) => key.startsWith(prefix));
    const folded = matching.map((key) => {
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return at < 0 ? key : key.slice(0, at + delimiter.length);
    });
    return [...new Set(folded)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  it('is what it should be for any keys, prefix, delimiter and size of pages', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '\uffff', '😀', '\u0001'), maxLength: 5 });
    const keys = fc.uniqueArray(
      text.filter((key) => key !== ''),
      { maxLength: 40 },
    );
    const delimiter = fc.constantFrom('', '/', 'a', '//', 'é');
    await fc.assert(
      fc.asyncProperty(keys, text, delimiter, fc.integer({ min: 1, max: 7 }), async (all, prefix, by, max) => {
        const base = await filled(all);
        const found: string[] = [];
        for (let after = '', more = true; more;) {
          const { entries, prefixes, truncated, last } = await page(base, { prefix, delimiter: by, after, max });
          expect(entries.length + prefixes.length).toBeLessThanOrEqual(max);
          found.push(...entries.map(({ key }) => key), ...prefixes);
          after = last;
          more = truncated;
        }
        const wanted = model(all, { prefix, delimiter: by });
        expect([...found].sort()).toEqual([...wanted].sort());
      }),
      { numRuns: 150 },
    );
  });

  it('leaps over what it folds, and reads no further than it shows', async () => {
    const many = Array.from({ length: 20_000 }, (_, at) => `${at % 20}/${Math.floor(at / 20)}`);
    const base = await filled(many);
    let read = 0;
    const counting = { scan: (...range: Parameters<IndexStore['scan']>) => counted(index.scan(...range)) };
    const counted = (scan: IndexScan) => ({
      next: async () => {
        const entries = await scan.next();
        read += entries.length;
        return entries;
      },
      leap: (target: Buffer) => scan.leap(target),
      close: () => scan.close(),
    });
    const source = { index: counting as unknown as IndexStore, base };
    const folded = await listPage(source, { prefix: '', delimiter: '/', after: '', max: 1000 });
    expect(folded.prefixes).toHaveLength(20);
    expect(read).toBeLessThan(20 * 300);
    read = 0;
    const ten = await listPage(source, { prefix: '7/', delimiter: '', after: '7/5', max: 10 });
    expect(ten.entries.map(({ key }) => key)[0]).toBe('7/50');
    expect(read).toBeLessThan(300);
  });
});
