import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addMissingLinks } from '../../../src/infrastructure/embedded/postgres/binaries.js';

describe('the links of the PostgreSQL package', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'penstock-package-'));
    mkdirSync(join(folder, 'native/lib'), { recursive: true });
    writeFileSync(join(folder, 'native/lib/libpq.so.5.18'), '');
    const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
    writeFileSync(join(folder, 'native/pg-symlinks.json'), JSON.stringify(links));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are made when install scripts were off, and left alone when they are there', async () => {
    expect(await addMissingLinks(folder)).toBe(true);
    expect(readlinkSync(join(folder, 'native/lib/libpq.so.5'))).toBe('libpq.so.5.18');
    expect(existsSync(join(folder, 'native/lib/libpq.so.5'))).toBe(true);
    expect(await addMissingLinks(folder)).toBe(true);
  });

  it('are reported missing where the package cannot be written to', async () => {
    rmSync(join(folder, 'native/lib'), { recursive: true });
    expect(await addMissingLinks(folder)).toBe(false);
  });
});
