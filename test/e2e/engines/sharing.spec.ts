import { setTimeout as sleep } from 'node:timers/promises';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineStep } from '../../../src/domain/ports/engine-room.port.js';
import { engineClient } from '../../support/engine-client.js';
import { MARKS } from '../../support/engine-marks.js';
import { Homes } from '../../support/homes.js';
import { allGone, familyOf, processes, supervisorOf, survivors } from '../../support/processes.js';

const homes = new Homes();

/** Those that run for this home, whether they serve it or only found that another does. */
function supervisors(home: string): number[] {
  return processes().flatMap(({ pid, command }) =>
    command.includes('supervisor/main.js') && command.includes(`"${home}"`) ? [pid] : [],
  );
}

describe('the processes on one PENSTOCK_HOME', () => {
  afterEach(() => homes.clear());

  it('share its engines: one supervisor, the same addresses, whoever asked first', async () => {
    const home = await homes.fresh();
    const first = homes.client(home);
    const kinesis = await first.endpoint('kinesis');
    const other = await engineClient(home, ['kinesis', 'dynamodb']);
    expect(other.endpoints).toEqual([kinesis, await first.endpoint('dynamodb')]);
    expect(supervisors(home)).toEqual([await supervisorOf(home)]);
    await other.close();
    expect(await first.list()).toHaveLength(2);
  });

  it('end with one supervisor when five of them race on a fresh home', async () => {
    const home = await homes.fresh();
    const clients = await Promise.all(Array.from({ length: 5 }, () => engineClient(home, ['dynamodb'])));
    expect(new Set(clients.map(({ endpoints }) => endpoints[0]?.url)).size).toBe(1);
    while (supervisors(home).length > 1) await sleep(20); // the others have seen that it is served, and leave
    const family = await familyOf(home);
    expect(family.filter(({ command }) => command.includes('dynamodb/main.js'))).toHaveLength(1);
    await Promise.all(clients.map((client) => client.close()));
    expect(survivors(family)).toEqual([]);
  });

  it('keep the engines until the last one leaves, who stops them and waits for it', async () => {
    const home = await homes.fresh();
    const first = homes.client(home);
    await Promise.all([first.endpoint('kinesis'), first.endpoint('postgres')]);
    const last = homes.client(home);
    await last.endpoint('kinesis');
    const family = await familyOf(home);
    await first.close();
    expect(survivors(family).map(({ pid }) => pid)).toEqual(expect.arrayContaining(family.map(({ pid }) => pid)));
    await last.close();
    expect(survivors(family)).toEqual([]);
  });

  it('stop everything a while after the last one was killed', async () => {
    const home = await homes.fresh();
    const client = await engineClient(home, ['kinesis', 'dynamodb']);
    const family = await familyOf(home);
    await client.kill();
    await allGone(family);
    expect(await homes.client(home).list()).toEqual([]);
  });

  it('get fresh engines when they come while the former are being stopped', async () => {
    const home = await homes.fresh();
    const leaving = homes.client(home);
    const { url } = await leaving.endpoint('kinesis');
    const former = await supervisorOf(home);
    const left = leaving.close();
    const coming = homes.client(home);
    expect((await coming.endpoint('kinesis')).url).toBe(url);
    await left;
    expect(await supervisorOf(home)).not.toBe(former);
  });

  it('get engines when somebody stops them while they are waited for', async () => {
    const home = await homes.fresh();
    const waiting = homes.client(home);
    const asked = waiting.endpoint('dynamodb');
    while (!(await homes.client(home).stop())) await sleep(5);
    const endpoint = await asked;
    expect(await homes.client(home).list()).toEqual([{ name: 'dynamodb', ...endpoint }]);
  });

  it('find the engines where they were the last time', async () => {
    const home = await homes.fresh();
    const before = homes.client(home);
    const endpoints = [await before.endpoint('kinesis'), await before.endpoint('dynamodb')];
    await before.close();
    const after = homes.client(home);
    expect([await after.endpoint('kinesis'), await after.endpoint('dynamodb')]).toEqual(endpoints);
  });

  it('see every step while they wait, and who comes later the current one', async () => {
    const home = await homes.fresh();
    const steps: EngineStep[] = [];
    const first = homes.client(home);
    const preparing = new Promise<void>((resolve) => {
      first.onStep((step) => {
        steps.push(step);
        if (step.text.includes('preparing')) resolve();
      });
    });
    const endpoint = first.endpoint('postgres');
    await preparing;
    const late = homes.client(home);
    const told = new Promise<string>((resolve) => late.onStep(({ text }) => resolve(text)));
    // A list waits for engines on their way up: it shows all that the others use.
    expect((await late.list()).map(({ name }) => name)).toEqual(['postgres']);
    expect(await told).toBe('PostgreSQL: preparing its data folder…');
    await endpoint;
    expect(steps).toEqual([
      { engine: 'postgres', text: 'PostgreSQL: starting…' },
      { engine: 'postgres', text: 'PostgreSQL: preparing its data folder…' },
      { engine: 'postgres', text: 'PostgreSQL: ready' },
    ]);
  });

  it('have engines for longer than these may take to start', async () => {
    const home = await homes.fresh();
    const limitMs = 4000;
    await homes.client(home, limitMs).endpoint('kinesis');
    const family = await familyOf(home);
    await sleep(limitMs + 500);
    expect((await familyOf(home)).map(({ pid }) => pid)).toEqual(family.map(({ pid }) => pid));
  });

  it('do not meet those of another home', async () => {
    const [here, there] = [homes.client(await homes.fresh()), homes.client(await homes.fresh())];
    const [mine, theirs] = await Promise.all([here.endpoint('clickhouse'), there.endpoint('clickhouse')]);
    expect(mine.url).not.toBe(theirs.url);
    await MARKS.clickhouse.leave(mine);
    await MARKS.clickhouse.leave(theirs);
    const stranger = { ...theirs, password: mine.password ?? '' };
    await expect(MARKS.clickhouse.find(stranger)).rejects.toThrow('AUTHENTICATION_FAILED');
    await here.close();
    expect(await there.list()).toHaveLength(1);
  });

  it('start anew from a damaged address, and refuse another version’s', async () => {
    const home = await homes.fresh();
    const first = homes.client(home);
    await first.endpoint('kinesis');
    await first.close();
    await writeFile(join(home, 'supervisor.json'), '{"version":');
    await homes.client(home).endpoint('kinesis');
    const address = JSON.parse(await readFile(join(home, 'supervisor.json'), 'utf8')) as { pid: number };
    await writeFile(join(home, 'supervisor.json'), JSON.stringify({ ...address, version: 999 }));
    await expect(homes.client(home).endpoint('kinesis')).rejects.toMatchObject({
      code: 'engine.unavailable',
      message: expect.stringContaining(`Another version of Penstock (process ${address.pid}) runs the engines`),
    });
    await writeFile(join(home, 'supervisor.json'), JSON.stringify(address));
  });
});
