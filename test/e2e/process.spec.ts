import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Spawned, spawnService } from '../support/spawn-service.js';

describe('the process of the service', () => {
  let cwd: string;
  let service: Spawned;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'penstock-process-'));
  });
  afterEach(async () => {
    service.process.kill('SIGKILL');
    await service.exit;
    await rm(cwd, { recursive: true });
  });
  const start = (environment: Record<string, string>, before?: string): Spawned => {
    service = spawnService('serve', environment, { cwd, bare: true, ...(before !== undefined && { before }) });
    return service;
  };
  const urlIn = (line: string): string => (JSON.parse(line) as { url: string }).url;

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'takes any free port, says where it listens, and ends with 0 on %s',
    async (signal) => {
      start({ PORT: '0' });
      const url = urlIn(await service.line('listens on'));
      expect((await fetch(`${url}/health`)).status).toBe(200);
      service.process.kill(signal);
      expect(await service.exit).toEqual({ code: 0, signal: null });
      expect(service.output().stderr).toBe('');
    },
  );

  it('runs as a worker in the same way', async () => {
    service = spawnService('worker', { PORT: '0' }, { cwd, bare: true });
    const url = urlIn(await service.line('listens on'));
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    service.process.kill('SIGTERM');
    expect((await service.exit).code).toBe(0);
  });

  it('reads .env, and the environment before it', async () => {
    await writeFile(join(cwd, '.env'), 'PORT=0\nTITLE=from the file\nVERSION=9.9.9\n');
    start({ VERSION: '8.8.8' });
    const url = urlIn(await service.line('listens on'));
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ title: 'from the file', version: '8.8.8' });
  });

  it('writes text where it is asked to', async () => {
    start({ PORT: '0', LOGGING_FORMAT: 'text' });
    expect(await service.line('listens on')).toMatch(/^\[Penstock\] \d+ .*LOG.*Penstock listens on http:/);
  });

  it('tells every wrong setting by name, without values, and ends with 64', async () => {
    await writeFile(join(cwd, 'keys.yaml'), 'not a list');
    start({ PORT: 'hunter2', LOGGING_LEVEL: 'hunter3', WORKERS: 'hunter4', HOST: '0.0.0.0', CORS_ORIGINS: 'hunter5' });
    expect((await service.exit).code).toBe(64);
    const { stdout, stderr } = service.output();
    expect(stdout).toBe('');
    for (const name of ['PORT', 'LOGGING_LEVEL', 'WORKERS', 'HOST', 'CORS_ORIGINS'])
      expect(stderr).toMatch(new RegExp(`^  ${name}: \\S`, 'm'));
    expect(stderr).not.toMatch(/hunter|\n\s+at /);
  });

  it('tells what is wrong with the file of keys', async () => {
    await writeFile(join(cwd, 'keys.yaml'), '- {name: a, sha256: hunter2, scopes: [everything]}\n');
    start({ API_KEYS_FILE: join(cwd, 'keys.yaml'), HOST: '0.0.0.0' });
    expect((await service.exit).code).toBe(64);
    expect(service.output().stderr).toMatch(/API_KEYS_FILE 0\.sha256: .*\n {2}API_KEYS_FILE 0\.scopes: /);
    expect(service.output().stderr).not.toContain('hunter');
  });

  it('says so when the port is taken, and ends with 64', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    start({ PORT: String((other.address() as { port: number }).port) });
    expect((await service.exit).code).toBe(64);
    expect(service.output().stderr).toContain('PORT: is taken by another program');
    other.close();
  });

  it('ends at once on a second signal while it waits for the first', async () => {
    start({ PORT: '0' });
    const { hostname, port } = new URL(urlIn(await service.line('listens on')));
    const held = await halfRequest(hostname, Number(port));
    service.process.kill('SIGTERM');
    await service.line('stops on SIGTERM');
    service.process.kill('SIGINT');
    expect((await service.exit).code).toBe(130);
    held.destroy();
  });

  it('ends a stop that takes too long, and not with 0', async () => {
    start({ PORT: '0', SHUTDOWN_TIMEOUT_MS: '300' });
    const { hostname, port } = new URL(urlIn(await service.line('listens on')));
    const held = await halfRequest(hostname, Number(port));
    service.process.kill('SIGTERM');
    expect((await service.exit).code).toBe(70);
    expect(service.output().stderr).toContain('did not stop within 300 ms');
    held.destroy();
  });

  it('tells of an error that nobody caught, stops in order and ends with 70', async () => {
    start({ PORT: '0' }, "process.on('SIGUSR2', () => { throw new Error('nobody caught this') })");
    await service.line('listens on');
    service.process.kill('SIGUSR2');
    expect((await service.exit).code).toBe(70);
    expect(service.output().stderr).toContain('nobody caught this');
  });
});

/** A request whose body never ends, so that it stays in flight. */
async function halfRequest(host: string, port: number): Promise<import('node:net').Socket> {
  const { connect } = await import('node:net');
  const socket = connect(port, host).on('error', () => undefined);
  socket.write(
    'POST /health/unknown HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n',
  );
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}
