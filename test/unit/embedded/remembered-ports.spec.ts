import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RememberedPorts } from '../../../src/infrastructure/embedded/supervisor/remembered-ports.js';

const HOST = '127.0.0.1';

function listen(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, HOST, () => resolve(server));
  });
}

describe('the ports of a home', () => {
  let folder: string;
  let file: string;
  let taken: Server;
  let port: number;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'penstock-ports-'));
    file = join(folder, 'engines.json');
    taken = await listen();
    port = (taken.address() as AddressInfo).port;
  });
  afterEach(() => {
    taken.close();
    rmSync(folder, { recursive: true });
  });

  it('are the same again after a restart', async () => {
    await (await RememberedPorts.load(file)).remember('kinesis', port);
    taken.close();
    const ports = await RememberedPorts.load(file);
    expect(ports.last('kinesis')).toBe(port);
    expect(await ports.lastIfFree('kinesis', HOST)).toBe(port);
    expect(ports.last('dynamodb')).toBe(0);
  });

  it('are waited for while the engine before is still on its way out', async () => {
    const ports = await RememberedPorts.load(file);
    await ports.remember('kinesis', port);
    const chosen = ports.lastIfFree('kinesis', HOST);
    taken.close();
    expect(await chosen).toBe(port);
  });

  it('are given up for any other when somebody else keeps them', async () => {
    const ports = await RememberedPorts.load(file, 100);
    await ports.remember('kinesis', port);
    expect(await ports.lastIfFree('kinesis', HOST)).toBe(0);
  });

  it('are forgotten rather than fatal when their file is damaged', async () => {
    writeFileSync(file, '{"kinesis":');
    expect((await RememberedPorts.load(file)).last('kinesis')).toBe(0);
  });
});
