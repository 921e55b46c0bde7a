import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { isInUse } from './postmaster.js';

/**
 * Where root puts what PostgreSQL's user must reach, when the checkout or the data folder lie where only root may go
 * (`/root`, mostly). Not a temporary folder: the data are to stay.
 */
export const SHARED_PLACE = '/var/lib/penstock';

/** In each place: the path of the link that leads to it. */
const LINK_FILE = 'link';

/**
 * A new place for the data that the link at `link` will lead to. Its name is random, not derived from the home's: a
 * home that is removed and made anew gets new data.
 */
export async function sharedPlaceFor(link: string, root = SHARED_PLACE): Promise<string> {
  await mkdir(root, { recursive: true, mode: 0o711 });
  await removeAbandoned(root);
  const place = join(root, randomBytes(8).toString('hex'));
  await mkdir(place, { mode: 0o711 });
  await writeFile(join(place, LINK_FILE), link, { mode: 0o600 });
  return join(place, 'data');
}

/**
 * Removes the data of temporary homes that are gone. Of temporary ones alone: another home that is not there may lie
 * on a disk that is not mounted today.
 */
async function removeAbandoned(root: string): Promise<void> {
  const temporary = (await realpath(tmpdir())) + sep;
  for (const name of await readdir(root)) {
    const place = join(root, name);
    const link = await readFile(join(place, LINK_FILE), 'utf8').catch(() => '');
    if (!link.startsWith(temporary) || (await leadsTo(link, place))) continue;
    if (!(await isInUse(join(place, 'data')))) await rm(place, { recursive: true, force: true });
  }
}

/** Also true for a home that is just being made: its folder is there, the link not yet. */
async function leadsTo(link: string, place: string): Promise<boolean> {
  return readlink(link).then(
    (target) => target === join(place, 'data'),
    async () => (await readdir(join(link, '..')).catch(() => undefined)) !== undefined,
  );
}
