import { chownSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { engineClient } from '../../support/engine-client.js';
import { Homes } from '../../support/homes.js';
import { familyOf } from '../../support/processes.js';

const isRoot = process.getuid?.() === 0;

describe('embedded engines belong to whoever starts them', () => {
  const homes = new Homes();
  afterEach(() => homes.clear());

  it('and keep passwords and tokens from everybody else', async () => {
    const home = await homes.fresh();
    await homes.client(home).endpoint('postgres');
    for (const secret of ['credentials.json', 'supervisor.json']) {
      expect(statSync(join(home, secret)).mode & 0o077).toBe(0);
    }
    const { postgres } = JSON.parse(readFileSync(join(home, 'credentials.json'), 'utf8')) as { postgres: string };
    for (const { command } of await familyOf(home)) expect(command).not.toContain(postgres);
    expect(statSync(join(home, 'postgres/data')).mode & 0o077).toBe(0);
  });

  it.runIf(isRoot)('as an ordinary user, all of them', async () => {
    const home = await homes.fresh();
    const user = nobody();
    chownSync(dirname(home), user.uid, user.gid);
    await chmod(dirname(home), 0o700);
    const client = await engineClient(home, ['postgres', 'dynamodb'], user);
    for (const { uid } of await familyOf(home)) expect(uid).toBe(user.uid);
    expect(await answers(client.endpoints[0]?.url)).toBe(true);
    await client.close();
  });

  it.runIf(isRoot)('as root, except PostgreSQL, which refuses root', async () => {
    const home = await homes.fresh();
    const { url } = await homes.client(home).endpoint('postgres');
    const servers = (await familyOf(home)).filter(({ command }) => command.includes('bin/postgres -D'));
    expect(servers.map(({ uid }) => uid)).toEqual([nobody().uid]);
    expect(await answers(url)).toBe(true);
  });

  it.runIf(isRoot)('as root in a folder that only root may enter: its data go where PostgreSQL can follow', async () => {
    const home = await homes.fresh(0o700);
    const first = homes.client(home);
    const steps: string[] = [];
    first.onStep(({ text }) => steps.push(text));
    const { url } = await first.endpoint('postgres');
    const data = readlinkSync(join(home, 'postgres/data'));
    expect(steps.join('\n')).toContain(dirname(data));
    await run(url, 'CREATE TABLE kept (answer int)');
    await first.close();
    const again = await homes.client(home).endpoint('postgres');
    await run(again.url, 'INSERT INTO kept VALUES (42)');
    expect(readlinkSync(join(home, 'postgres/data'))).toBe(data);
  });
});

function nobody(): { uid: number; gid: number } {
  const entry = readFileSync('/etc/passwd', 'utf8').match(/^nobody:[^:]*:(\d+):(\d+):/m);
  return { uid: Number(entry?.[1]), gid: Number(entry?.[2]) };
}

async function answers(url: string | undefined): Promise<boolean> {
  return (await run(url, 'SELECT')).rowCount === 1;
}

async function run(url: string | undefined, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
