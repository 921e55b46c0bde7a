import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EngineCannotRun, type EngineStart } from '../engine-child.js';
import type { PostgresBinaries } from './binaries.js';
import type { OsUser } from './os-user.js';
import { runTool } from './run-tool.js';
import { canReach, makePrivateFolder } from './reachable.js';
import { sharedPlaceFor } from './shared-place.js';

export interface DatabaseLogin {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** How a new cluster is made; see `initdb --help`. */
const CLUSTER_OPTIONS = [
  ['--auth', 'scram-sha-256'],
  ['--encoding', 'UTF8'],
  // Built in: the same order of texts on every machine, whatever locales that has.
  ['--locale-provider', 'builtin'],
  ['--builtin-locale', 'C.UTF-8'],
  ['--locale', 'C'],
].flat();

/**
 * The folder with the data, made if there is none. It is `data` in the engine's folder; where PostgreSQL's user cannot
 * come there, `data` is a link to a place where it can. Complete or not there: a half-made one is never used.
 */
export async function preparedData(
  engine: { readonly dir: string; readonly binaries: PostgresBinaries; readonly user: OsUser },
  login: DatabaseLogin,
  { step, signal }: EngineStart,
): Promise<string> {
  const { dir, binaries, user } = engine;
  const data = await dataPlace(dir, user, step);
  if (await holdsCluster(data)) return data;
  step('preparing its data folder…');
  const draft = `${data}.new`;
  await rm(draft, { recursive: true, force: true }); // of a start that was killed
  await makePrivateFolder(draft, user);
  const passwordFile = await writePasswordFile(dirname(data), login.password, user);
  try {
    const where = ['--pgdata', draft, '--username', login.user, '--pwfile', passwordFile];
    await runTool(binaries.initdb, [...where, ...CLUSTER_OPTIONS, '--data-checksums'], { user, signal });
  } finally {
    await rm(passwordFile, { force: true });
  }
  // Single-user mode: one database, no listening, done before anybody can see the folder.
  const single = ['--single', '-D', draft, '-c', 'exit_on_error=on', 'postgres'];
  const input = `CREATE DATABASE ${login.database} OWNER ${login.user};\n`;
  await runTool(binaries.postgres, single, { user, signal, input });
  await rename(draft, data);
  return data;
}

/** Where an engine's folder has its data, or the link to them. */
export function dataLink(dir: string): string {
  return join(dir, 'data');
}

/** @throws EngineCannotRun when there is something that is neither nothing nor ours to use */
async function holdsCluster(data: string): Promise<boolean> {
  try {
    const entries = await readdir(data);
    if (entries.length === 0 || entries.includes('PG_VERSION')) return entries.length > 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code !== 'EACCES') throw error;
    throw new EngineCannotRun(
      `its data folder ${data} belongs to another user; run as that user, or set PENSTOCK_HOME to another folder`,
    );
  }
  throw new EngineCannotRun(
    `its data folder ${data} is damaged: PG_VERSION is missing. Move it away to start with an empty database`,
  );
}

async function dataPlace(dir: string, user: OsUser, step: (text: string) => void): Promise<string> {
  const data = dataLink(dir);
  // The other user passes through; what is inside is closed to all but that user.
  if (user.uid !== undefined) await chmod(dir, 0o711);
  const target = await linkTarget(data);
  if (target !== undefined) {
    await mkdir(dirname(target), { recursive: true, mode: 0o711 });
    return target;
  }
  if (await exists(data)) {
    if (await canReach(data, user)) return data;
    throw new EngineCannotRun(
      `its user may no longer enter ${data}; give others the right to pass through the folders above`,
    );
  }
  if (await canReach(dir, user)) return data;
  const place = await sharedPlaceFor(data);
  step(`its user cannot enter ${dir}, so its data will be in ${dirname(place)}`);
  await symlink(place, data);
  return place;
}

async function linkTarget(path: string): Promise<string | undefined> {
  return readlink(path).catch(() => undefined); // not there, or no link
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function writePasswordFile(folder: string, password: string, { uid, gid }: OsUser): Promise<string> {
  const path = join(folder, `password-${randomBytes(6).toString('hex')}`);
  await writeFile(path, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
  return path;
}
