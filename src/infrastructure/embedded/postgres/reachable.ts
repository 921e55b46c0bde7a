import { chown, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { OsUser } from './os-user.js';

/** Whether `user` may pass through every folder down to `path`. Our own user may, or we would not have come here. */
export async function canReach(path: string, { uid, gid }: OsUser): Promise<boolean> {
  if (uid === undefined) return true;
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid: owner, gid: group } = await stat(folder);
    // Execute permission of the class the user falls into: owner, group or others.
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Makes a folder that only `user` may use. */
export async function makePrivateFolder(path: string, { uid, gid }: OsUser): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}
