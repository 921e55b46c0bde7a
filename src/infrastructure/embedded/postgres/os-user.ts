import { readFile, stat } from 'node:fs/promises';

/** The identity PostgreSQL runs under; empty: our own. */
export interface OsUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** Users without any right that exist practically everywhere, best first. */
const CANDIDATES = ['nobody', 'postgres', 'daemon'];

/**
 * PostgreSQL refuses to run as root; initdb also wants a user that the system knows by name. Nothing is created: as
 * root it runs as the owner of the data there are, else as the first of these users that exists; as anybody else it
 * runs as we do.
 *
 * @returns undefined when there is no such user
 */
export async function postgresUser(data: string): Promise<OsUser | undefined> {
  if (process.getuid?.() !== 0) return {};
  const owner = await stat(data).catch(() => undefined); // none yet
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const entries = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const [, , uid, gid] = entries.find(([entry]) => entry === name) ?? [];
    // macOS writes nobody as -2, which the system calls take as an unsigned number.
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
  }
  return undefined;
}
