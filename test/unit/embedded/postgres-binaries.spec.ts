import { chmodSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addMissingLinks, usableBinaries } from '../../../src/infrastructure/embedded/postgres/binaries.js';

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

describe.runIf(process.getuid?.() === 0)('the programs of PostgreSQL, when root installed them', () => {
  const user = { uid: 65_534, gid: 65_534 };
  let folder: string;
  let installed: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'penstock-binaries-'));
    chmodSync(folder, 0o711);
    installed = join(folder, 'closed/package');
    mkdirSync(join(installed, 'native/bin'), { recursive: true });
    writeFileSync(join(installed, 'package.json'), '{"version":"1.2.3"}');
    writeFileSync(join(installed, 'native/pg-symlinks.json'), '[]');
    writeFileSync(join(installed, 'native/bin/postgres'), '#!/bin/sh\n', { mode: 0o700 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are copied, once, to where their user can run them', async () => {
    const steps: string[] = [];
    const places = { installed, place: join(folder, 'open') };
    const first = await usableBinaries(places, user, (text) => steps.push(text));
    const second = await usableBinaries(places, user, (text) => steps.push(text));
    expect(first.postgres.startsWith(join(folder, 'open/postgresql-'))).toBe(true);
    expect(second).toEqual(first);
    expect(steps).toHaveLength(1);
  });

  it('are used where they are by a user who can', async () => {
    const { postgres } = await usableBinaries({ installed, place: join(folder, 'open') }, {}, () => undefined);
    expect(postgres).toBe(join(installed, 'native/bin/postgres'));
  });

  it('that run nowhere are reported, with what to do', async () => {
    writeFileSync(join(installed, 'native/bin/postgres'), '#!/bin/sh\nexit 1\n');
    const refused = usableBinaries({ installed, place: join(folder, 'open') }, user, () => undefined);
    await expect(refused).rejects.toThrow(/DWH_DATABASE_URL/);
  });
});
