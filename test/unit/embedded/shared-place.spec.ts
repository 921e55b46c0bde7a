import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sharedPlaceFor } from '../../../src/infrastructure/embedded/postgres/shared-place.js';

describe('the place of data that cannot lie in their home', () => {
  let folder: string;
  let root: string;
  beforeEach(() => {
    folder = mkdtempSync(join(realpathSync(tmpdir()), 'penstock-place-'));
    root = join(folder, 'shared');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function placeOf(home: string): Promise<string> {
    mkdirSync(home, { recursive: true });
    const place = await sharedPlaceFor(join(home, 'data'), root);
    symlinkSync(place, join(home, 'data'));
    return dirname(place);
  }

  it('is kept for as long as the home is there', async () => {
    const [first, second] = [await placeOf(join(folder, 'a')), await placeOf(join(folder, 'b'))];
    expect(first).not.toBe(second);
    expect([first, second].every((place) => existsSync(place))).toBe(true);
  });

  it('is removed when its temporary home is gone', async () => {
    const abandoned = await placeOf(join(folder, 'a'));
    rmSync(join(folder, 'a'), { recursive: true });
    await placeOf(join(folder, 'b'));
    expect(existsSync(abandoned)).toBe(false);
  });

  it('is removed when the home was made anew, which has data of its own', async () => {
    const abandoned = await placeOf(join(folder, 'a'));
    rmSync(join(folder, 'a'), { recursive: true });
    const current = await placeOf(join(folder, 'a'));
    await placeOf(join(folder, 'b'));
    expect([abandoned, current].map((place) => existsSync(place))).toEqual([false, true]);
  });

  it('is kept when its home is gone from elsewhere: the disk may not be mounted', async () => {
    const kept = await placeOf(join(folder, 'a'));
    writeFileSync(join(kept, 'link'), '/mnt/away/.penstock/postgres/data');
    await placeOf(join(folder, 'b'));
    expect(existsSync(kept)).toBe(true);
  });
});
