import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { postgresBinaries } from '../../src/infrastructure/embedded/postgres/binaries.js';
import { postgresUser } from '../../src/infrastructure/embedded/postgres/os-user.js';

export interface ScratchPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** PostgreSQL in a temporary folder, for tests of adapters alone; programs and user are those of the embedded engine. */
export async function startScratchPostgres(): Promise<ScratchPostgres> {
  const dir = mkdtempSync(join(tmpdir(), 'penstock-postgres-'));
  const passwordFile = join(dir, 'password');
  const data = join(dir, 'data');
  const ids = (await postgresUser(data)) ?? {};
  const binaries = await postgresBinaries(dir, ids, () => undefined);
  writeFileSync(passwordFile, 'secret\n');
  chmodSync(dir, 0o755);
  if (ids.uid !== undefined) [dir, passwordFile].forEach((path) => chownSync(path, ids.uid ?? 0, ids.gid ?? 0));
  const options = [
    '-A',
    'scram-sha-256',
    '-U',
    'penstock',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ];
  const made = spawnSync(binaries.initdb, ['-D', data, ...options], { ...ids, cwd: dir, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'shared_buffers=16MB'];
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const server = spawn(binaries.postgres, args, { ...ids, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  await ready(server);
  return {
    url: `postgres://penstock:secret@127.0.0.1:${port}/postgres`,
    async stop() {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-10_000);
      if (log.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(`PostgreSQL ended: ${log}`)));
  });
}
