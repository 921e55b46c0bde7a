import { readFileSync } from 'node:fs';
import { chown, lstat, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { canReach } from '../../../src/infrastructure/embedded/postgres/reachable.js';
import { ENGINE_NAMES } from '../../../src/infrastructure/embedded/engines.js';
import { engineClient } from '../../support/engine-client.js';
import { foundMark, MARKS } from '../../support/engine-marks.js';
import { Homes } from '../../support/homes.js';
import { allGone, familyOf, memberOf, survivors } from '../../support/processes.js';

const homes = new Homes();

function idsOf(name: string): { uid: number; gid: number } {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

/** A folder of that user's, and a home in it. */
async function homeOf({ uid, gid }: { uid: number; gid: number }): Promise<string> {
  const home = await homes.fresh(0o700);
  await chown(dirname(home), uid, gid);
  return home;
}

// Only root can be somebody else for a while. An ordinary user's run proves itself: every other test does.
describe.runIf(process.getuid?.() === 0)('the users that embedded engines run under', async () => {
  const nobody = idsOf('nobody');
  const daemon = idsOf('daemon');
  /** Not where this checkout lies in a folder that only root may enter: nobody else can start its programs there. */
  const daemonReaches = await canReach(process.cwd(), daemon);

  afterEach(() => homes.clear());

  it.runIf(daemonReaches)('are the ordinary user who starts them, also when root comes later', async () => {
    const home = await homeOf(daemon);
    const client = await engineClient(home, ENGINE_NAMES, daemon);
    const family = await familyOf(home);
    expect(new Set(family.map(({ uid }) => uid))).toEqual(new Set([daemon.uid]));
    expect((await stat(home)).mode & 0o777).toBe(0o700);
    for (const endpoint of client.endpoints.slice(0, 1)) await MARKS.postgres.leave(endpoint);
    await client.close();
    expect(survivors(family)).toEqual([]);
    const endpoint = await homes.client(home).endpoint('postgres');
    expect(await MARKS.postgres.find(endpoint)).toBe('left');
    expect((await memberOf(home, 'bin/postgres')).uid).toBe(daemon.uid);
  });

  it('are root and, for PostgreSQL, which refuses root, nobody', async () => {
    const home = await homes.fresh();
    await homes.client(home).endpoint('postgres');
    expect((await memberOf(home, 'bin/postgres')).uid).toBe(nobody.uid);
    expect((await memberOf(home, 'postgres/main.js')).uid).toBe(0);
    expect((await lstat(join(home, 'postgres/data'))).isDirectory()).toBe(true);
    expect((await stat(join(home, 'postgres/data'))).mode & 0o777).toBe(0o700);
  });

  it('reach their data also where only root may go', async () => {
    const home = await homes.fresh(0o700);
    const first = homes.client(home);
    await MARKS.postgres.leave(await first.endpoint('postgres'));
    expect((await lstat(join(home, 'postgres/data'))).isSymbolicLink()).toBe(true);
    const orphan = await memberOf(home, 'bin/postgres');
    process.kill((await memberOf(home, 'postgres/main.js')).pid, 'SIGKILL');
    await allGone([orphan]);
    expect(await foundMark('postgres', await first.endpoint('postgres'))).toBe('left');
    await first.close();
    expect(await MARKS.postgres.find(await homes.client(home).endpoint('postgres'))).toBe('left');
  });

  it.runIf(daemonReaches)('are told whose the data are when these are not theirs', async () => {
    const home = await homeOf(daemon);
    for (const [folder, { uid, gid }] of [
      ['', daemon],
      ['postgres', daemon],
      ['postgres/data', nobody],
    ] as const) {
      await mkdir(join(home, folder), { mode: 0o700 });
      await chown(join(home, folder), uid, gid);
    }
    await expect(engineClient(home, ['postgres'], daemon)).rejects.toThrow(
      /its data folder \S+ belongs to another user/,
    );
    const ofRoot = await homes.fresh();
    await homes.client(ofRoot).endpoint('kinesis');
    await expect(engineClient(ofRoot, ['kinesis'], daemon)).rejects.toThrow(
      `The data folder ${ofRoot} is closed to this user (EACCES): run as its owner, or set PENSTOCK_HOME`,
    );
  });
});
