import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningEngine } from '../../../src/domain/ports/engine-room.port.js';
import { ENGINE_NAMES, type EngineName } from '../../../src/infrastructure/embedded/engines.js';
import type { SupervisedEngines } from '../../../src/infrastructure/embedded/supervised-engines.js';
import { engineClient } from '../../support/engine-client.js';
import { foundMark, MARKS } from '../../support/engine-marks.js';
import { Homes } from '../../support/homes.js';
import { allGone, familyOf, memberOf, processes, supervisorOf, survivors } from '../../support/processes.js';

const homes = new Homes();

/** A process that ended by itself meanwhile is as dead as one that was killed. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function killed(...victims: { pid: number }[]): Promise<void> {
  for (const { pid } of victims) kill(pid);
  const pids = new Set(victims.map(({ pid }) => pid));
  while (processes().some(({ pid }) => pids.has(pid))) await sleep(5);
}

describe('the embedded engines of a process', () => {
  let home: string;
  let client: SupervisedEngines;
  let addresses: RunningEngine[];

  beforeAll(async () => {
    home = await homes.fresh();
    client = homes.client(home);
    await Promise.all(ENGINE_NAMES.map(async (name) => MARKS[name].leave(await client.endpoint(name))));
    addresses = await client.list();
  });

  /** What is found at the addresses of the beginning, and which they are now. */
  async function survey(): Promise<object> {
    const marks = addresses.map(({ name, ...endpoint }) => foundMark(name as EngineName, endpoint));
    return { marks: await Promise.all(marks), addresses: await client.list() };
  }

  const asBefore = () => ({ marks: ENGINE_NAMES.map(() => 'left'), addresses });

  afterAll(() => homes.clear());

  it.each(ENGINE_NAMES)('are complete again after %s was killed', async (name) => {
    const victim = await memberOf(home, `${name}/main.js`);
    await killed(victim);
    expect(await survey()).toEqual(asBefore());
  });

  it('are complete again after the PostgreSQL server itself was killed', async () => {
    await killed(await memberOf(home, 'bin/postgres'));
    expect(await survey()).toEqual(asBefore());
  });

  it('leave when their supervisor was killed, and are back under another, unasked', async () => {
    const former = await familyOf(home);
    await killed({ pid: await supervisorOf(home) });
    await allGone(former);
    expect(await survey()).toEqual(asBefore());
  });

  it('are back when everything but the client was killed, an orphaned postmaster included', async () => {
    const orphan = await memberOf(home, 'bin/postgres');
    const launcher = await memberOf(home, 'postgres/main.js');
    await killed({ pid: await supervisorOf(home) }, launcher);
    await allGone([orphan]); // its successor found it
    expect(await survey()).toEqual(asBefore());
  });

  it('are there at the next use after somebody stopped them', async () => {
    const family = await familyOf(home);
    expect(await homes.client(home).stop()).toBe(true);
    expect(survivors(family)).toEqual([]);
    expect(await client.list()).toEqual([]);
    await client.start();
    expect(await survey()).toEqual(asBefore());
  });
});

describe('a home', () => {
  let home: string;

  beforeEach(async () => {
    home = await homes.fresh();
  });

  afterEach(() => homes.clear());

  it('starts from nothing again when its first start was killed half-way', async () => {
    const client = homes.client(home);
    const preparing = new Promise<void>((resolve) =>
      client.onStep(({ text }) => {
        if (text.includes('preparing')) resolve();
      }),
    );
    client.endpoint('postgres').catch(() => undefined);
    await preparing;
    await memberOf(home, 'bin/initdb').catch(() => sleep(50));
    await killed(...(await familyOf(home)));
    const endpoint = await homes.client(home).endpoint('postgres');
    await MARKS.postgres.leave(endpoint);
    expect(await MARKS.postgres.find(endpoint)).toBe('left');
  });

  it('serves the next process when the one that started its engines was killed', async () => {
    const other = await engineClient(home, ['dynamodb']);
    const supervisor = await supervisorOf(home);
    await other.kill();
    expect([await homes.client(home).endpoint('dynamodb')]).toEqual(other.endpoints);
    expect(await supervisorOf(home)).toBe(supervisor);
  });
});
