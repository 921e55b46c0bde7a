import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresBinaries } from './binaries.js';
import type { OsUser } from './os-user.js';
import { isReady, stopPostmaster } from './postmaster.js';
import { toolEnvironment } from './run-tool.js';

const READY_POLL_MS = 10;

const SETTINGS: Readonly<Record<string, string>> = {
  unix_socket_directories: '',
  // Several homes side by side on a laptop; 128 MB each would be for nothing.
  shared_buffers: '64MB',
  max_connections: '100',
  timezone: 'UTC',
  // The default begins with a schema named as the user, and that one holds the service's own records.
  search_path: 'public',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Values of rows belong into no log: neither the statement that failed nor the key that was taken.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

export interface PostgresLaunch {
  readonly binaries: PostgresBinaries;
  readonly user: OsUser;
  readonly data: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly signal: AbortSignal;
}

export interface PostgresServer {
  readonly port: number;
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts the server on prepared data and waits until it takes connections, recovery included. */
export async function startPostgres(launch: PostgresLaunch): Promise<PostgresServer> {
  const port = launch.port === 0 ? await freePort(launch.host) : launch.port;
  const child = spawnPostgres(launch, port);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the PostgreSQL program cannot be run');
  const stop = async () => {
    await stopPostmaster(pid);
    await ended;
  };
  while (!(await isReady(launch.data, pid))) {
    if (hasEnded(child)) throw new Error('PostgreSQL ended before it was ready');
    if (launch.signal.aborted) {
      await stop();
      launch.signal.throwIfAborted();
    }
    await sleep(READY_POLL_MS);
  }
  return { port, ended, stop };
}

function spawnPostgres({ binaries, user, data, host }: PostgresLaunch, port: number): ChildProcess {
  const settings = { ...SETTINGS, listen_addresses: host, port: String(port) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(binaries.postgres, ['-D', data, ...flags], {
    ...user,
    cwd: '/',
    env: toolEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** PostgreSQL cannot be asked for any port. Another program may be faster to take this one: then the start is repeated. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port: 0, host }, () => {
      const { port } = probe.address() as AddressInfo; // listening on TCP: never a pipe's name
      probe.close(() => resolve(port));
    });
  });
}
