import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { engineClient } from '../../support/engine-client.js';
import { Homes } from '../../support/homes.js';
import { allGone, enginesOf, familyOf, memberOf } from '../../support/processes.js';

/** The frame is the same for every engine; DynamoDB is the one that starts fastest. */
describe('embedded engines of one home', () => {
  const homes = new Homes();
  afterEach(() => homes.clear());

  it('are shared by all processes that need them', async () => {
    const home = await homes.fresh();
    const first = await engineClient(home, ['dynamodb']);
    const running = await enginesOf(home);
    const second = await engineClient(home, ['dynamodb']);
    expect(second.endpoints).toEqual(first.endpoints);
    expect(await enginesOf(home)).toEqual(running);
    await first.close();
    await second.close();
  });

  it('have one supervisor when five processes come to a fresh home at once', async () => {
    const home = await homes.fresh();
    const clients = await Promise.all(Array.from({ length: 5 }, () => engineClient(home, ['dynamodb'])));
    const urls = clients.map(({ endpoints }) => endpoints[0]?.url);
    expect(new Set(urls).size).toBe(1);
    const served = (await readFile(join(home, 'logs/supervisor.log'), 'utf8')).match(/serves this home/g);
    expect(served).toHaveLength(1);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('start when they are needed, not before', async () => {
    const home = await homes.fresh();
    const engines = homes.client(home);
    expect(await engines.list()).toEqual([]);
    expect(existsSync(home)).toBe(false);
    await engines.endpoint('dynamodb');
    expect((await engines.list()).map(({ name }) => name)).toEqual(['dynamodb']);
  });

  it('tell every process that waits how their start goes', async () => {
    const home = await homes.fresh();
    const steps: string[][] = [[], []];
    const waiting = steps.map((heard) => {
      const engines = homes.client(home);
      engines.onStep(({ text }) => heard.push(text));
      return engines.endpoint('postgres');
    });
    await Promise.all(waiting);
    for (const heard of steps) expect(heard).toContain('PostgreSQL: preparing its data folder…');
  });

  it('are listed with what a client needs, whoever started them', async () => {
    const home = await homes.fresh();
    const service = await engineClient(home, ['dynamodb']);
    const listed = await homes.client(home).list();
    expect(listed).toEqual([{ name: 'dynamodb', ...service.endpoints[0] }]);
    await service.close();
  });

  it('stop when the last process leaves, which waits for it', async () => {
    const home = await homes.fresh();
    const first = await engineClient(home, ['dynamodb']);
    const last = homes.client(home);
    await last.endpoint('postgres');
    const [family, running] = [await familyOf(home), await enginesOf(home)];
    await first.close();
    expect(await enginesOf(home)).toEqual(running);
    await last.close();
    await allGone(family);
    expect(existsSync(join(home, 'supervisor.json'))).toBe(false);
    expect(existsSync(join(home, 'postgres/data/postmaster.pid'))).toBe(false);
  });

  it('stop when the last process is killed', async () => {
    const home = await homes.fresh();
    const client = await engineClient(home, ['dynamodb', 'postgres']);
    const family = await familyOf(home);
    await client.kill();
    await allGone(family);
  });

  it('outlive a process that is killed while another one uses them', async () => {
    const home = await homes.fresh();
    const engines = homes.client(home);
    await engines.endpoint('dynamodb');
    const running = await enginesOf(home);
    const killed = await engineClient(home, ['dynamodb']);
    await killed.kill();
    await engineClient(home, ['dynamodb']).then((client) => client.close());
    expect(await enginesOf(home)).toEqual(running);
  });

  it('start anew for a process that comes while they stop', async () => {
    const home = await homes.fresh();
    const leaving = await engineClient(home, ['dynamodb', 'postgres']);
    const [closed, arriving] = await Promise.all([leaving.close(), engineClient(home, ['dynamodb', 'postgres'])]);
    expect(closed).toBeUndefined();
    expect(arriving.endpoints).toEqual(leaving.endpoints);
    await arriving.close();
  });

  it('are stopped for everybody when somebody says so, and start again when next needed', async () => {
    const home = await homes.fresh();
    const service = homes.client(home);
    const before = await service.endpoint('dynamodb');
    const family = await familyOf(home);
    expect(await homes.client(home).stop()).toBe(true);
    await allGone(family);
    expect(await homes.client(home).stop()).toBe(false);
    expect(await service.list()).toEqual([]);
    expect(await service.endpoint('dynamodb')).toEqual(before);
  });

  it('do not meet those of another home', async () => {
    const [here, there] = [homes.client(await homes.fresh()), homes.client(await homes.fresh())];
    const [mine, other] = await Promise.all([here.endpoint('postgres'), there.endpoint('postgres')]);
    expect(mine.url).not.toBe(other.url);
    expect(mine.password).not.toBe(other.password);
    expect(await here.stop()).toBe(true);
    expect((await there.list()).map(({ name }) => name)).toEqual(['postgres']);
  });

  it('let nobody in who cannot read the home', async () => {
    const home = await homes.fresh();
    await homes.client(home).endpoint('dynamodb');
    const address = JSON.parse(await readFile(join(home, 'supervisor.json'), 'utf8')) as { port: number };
    const stranger = connect(address.port, '127.0.0.1');
    let heard = '';
    stranger.on('data', (chunk) => (heard += String(chunk)));
    stranger.write('{"type":"hello","token":"guess"}\n{"type":"stop"}\n');
    await once(stranger, 'close');
    expect(heard).toBe('');
    expect(await memberOf(home, 'dynamodb/main.js')).toBeGreaterThan(0);
  });

  it('refuse to start after they were let go of', async () => {
    const engines = homes.client(await homes.fresh());
    await engines.endpoint('dynamodb');
    await engines.close();
    await expect(engines.endpoint('dynamodb')).rejects.toMatchObject({ code: 'service.stopping' });
  });
});
