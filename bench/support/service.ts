import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Column } from '../../src/domain/shared/column.js';
import type { KinesisAddress } from './kinesis.js';
import { COLUMNS } from './events.js';
import type { WarehouseAddress } from './warehouse.js';

export const CLI = resolve('dist/src/cli.js');
const ASK_EVERY_MS = 50;

/** A process of the built program. */
export interface Process {
  readonly pid: number;
  stop(): Promise<void>;
}

/** `penstock serve` on a folder of its own, with the embedded engines; streams are copied by workers started beside it. */
export interface Service extends Process {
  readonly url: string;
  readonly environment: Record<string, string>;
  readonly warehouse: WarehouseAddress;
  readonly kinesis: KinesisAddress;
  startWorker(settings: Readonly<Record<string, string>>): Promise<Process>;
  /** Copies the stream from its beginning into a new table. @returns the connector's id */
  onboard(streamName: string, tableName: string, more?: readonly Column[]): Promise<string>;
  remove(connectorId: string): Promise<void>;
}

interface Engines {
  readonly clickhouse: { readonly url: string; readonly user: string; readonly password: string };
  readonly kinesis: KinesisAddress;
}

export async function startService(settings: Readonly<Record<string, string>> = {}): Promise<Service> {
  const home = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
  const environment = serviceEnvironment(home);
  const workers: ChildProcess[] = [];
  const { child, url } = await listening([CLI, 'serve'], { ...environment, ...settings, WORKERS: 'off' });
  await until(async () => (await fetch(new URL('/health/ready', url))).ok);
  const { clickhouse, kinesis } = JSON.parse(await command(['engines', '--json'], environment)) as Engines;
  return {
    pid: child.pid ?? 0,
    url,
    environment,
    warehouse: { url: clickhouse.url, username: clickhouse.user, password: clickhouse.password },
    kinesis,
    startWorker: async (settings) => {
      const worker = await listening([CLI, 'worker'], { ...environment, ...settings });
      workers.push(worker.child);
      return { pid: worker.child.pid ?? 0, stop: () => ended(worker.child) };
    },
    onboard: (streamName, tableName, more = []) =>
      onboard(url, { streamName, tableName, schema: [...COLUMNS, ...more] }),
    remove: async (id) =>
      expectOk(await fetch(new URL(`/api/connectors/${id}?dropTable=true`, url), { method: 'DELETE' })),
    stop: async () => {
      await Promise.all(workers.map(ended));
      await ended(child);
      await command(['engines', 'stop'], environment);
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function serviceEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    PENSTOCK_HOME: join(home, 'data'),
    PORT: '0',
    LOGGING_FORMAT: 'text',
  };
}

/** Starts a program of Node, and answers once it listens. */
export async function listening(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, words, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk))); // for good: a full pipe would stop the service
  for (;;) {
    const url = /listens on (http:\S+)/u.exec(output)?.[1];
    if (url !== undefined) return { child, url };
    if (child.exitCode !== null) throw new Error(`${words.join(' ')} ended: ${output}`);
    await sleep(5);
  }
}

async function command(words: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...words], { env: environment });
  return stdout;
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

export async function until(isSo: () => Promise<boolean>, everyMs = ASK_EVERY_MS): Promise<void> {
  while (!(await isSo())) await sleep(everyMs);
}

async function onboard(url: string, request: object): Promise<string> {
  const response = await fetch(new URL('/api/create-table', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  await expectOk(response);
  return ((await response.json()) as { connectorId: string }).connectorId;
}

async function expectOk(response: Response): Promise<void> {
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
}
