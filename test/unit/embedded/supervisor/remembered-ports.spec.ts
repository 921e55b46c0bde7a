import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RememberedPorts } from '../../../../src/infrastructure/embedded/supervisor/remembered-ports.js';

const HOST = '127.0.0.1';

describe('RememberedPorts', () => {
  let folder: string;
  let file: string;
  let other: Server;
  let taken: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'penstock-ports-'));
    file = join(folder, 'engines.json');
    other = createServer().listen(0, HOST);
    await once(other, 'listening');
    taken = (other.address() as AddressInfo).port;
  });

  afterEach(async () => {
    if (other.listening) await closed();
    await rm(folder, { recursive: true });
  });

  async function closed(): Promise<void> {
    other.close();
    await once(other, 'close');
  }

  it('leaves the first choice to the system', async () => {
    expect(await (await RememberedPorts.load(file)).choose('postgres', HOST)).toBe(0);
  });

  it('gives each engine the port it had, to another process too', async () => {
    await closed();
    await (await RememberedPorts.load(file)).remember('postgres', taken);
    const ports = await RememberedPorts.load(file);
    expect(await ports.choose('postgres', HOST)).toBe(taken);
    expect(await ports.choose('kinesis', HOST)).toBe(0);
  });

  it('gives up a port that somebody else keeps, and remembers the new one', async () => {
    const ports = await RememberedPorts.load(file, 0);
    await ports.remember('postgres', taken);
    expect(await ports.choose('postgres', HOST)).toBe(0);
    await ports.remember('postgres', taken + 1);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ postgres: taken + 1 });
  });

  it('waits for a port whose former engine is still on its way down', async () => {
    const ports = await RememberedPorts.load(file);
    await ports.remember('postgres', taken);
    const choice = ports.choose('postgres', HOST);
    await sleep(100);
    await closed();
    expect(await choice).toBe(taken);
  });

  it.each(['', '{"postgres":', '[]', '"text"', '{"postgres":"x"}', '{"postgres":-1}', '{"postgres":70000}'])(
    'does without a damaged file: %s',
    async (text) => {
      await writeFile(file, text);
      expect(await (await RememberedPorts.load(file)).choose('postgres', HOST)).toBe(0);
    },
  );
});
