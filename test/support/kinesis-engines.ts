import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { ListStreamsCommand } from '@aws-sdk/client-kinesis';
import {
  KinesisEndpoint,
  type KinesisEndpointOptions,
} from '../../src/infrastructure/embedded/kinesis/kinesis-endpoint.js';
import { IDENTITY, REGION } from './aws-identity.js';
import { type Announcing, type BuiltEngine, startBuiltEngine } from './built-engines.js';
import { kinesisClient } from './kinesis-client.js';

export interface OwnEndpoint {
  readonly client: KinesisClient;
  readonly endpoint: KinesisEndpoint;
  readonly url: string;
  readonly dir: string;
  close(): Promise<void>;
}

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'penstock-kinesis-'));
}

/** Our endpoint within this process; in a folder of its own, unless one is given. */
export async function openOwnEndpoint(
  options: Partial<KinesisEndpointOptions> = {},
  folder?: string,
): Promise<OwnEndpoint> {
  const dir = folder ?? (await temporaryFolder());
  const endpoint = await KinesisEndpoint.open(dir, { ...IDENTITY, region: REGION, ...options });
  const url = `http://127.0.0.1:${await endpoint.listen('127.0.0.1', 0)}`;
  const client = kinesisClient(url);
  const close = async (): Promise<void> => {
    client.destroy();
    await endpoint.close();
    if (folder === undefined) await rm(dir, { recursive: true, force: true });
  };
  return { client, endpoint, url, dir, close };
}

/** Our endpoint as the process the supervisor starts; needs the build. */
export function startBuiltKinesis(dir: string, announcing?: Announcing): Promise<BuiltEngine<KinesisClient>> {
  return startBuiltEngine('kinesis', dir, { announcing, clientOf: (url) => kinesisClient(url) });
}

/** Where kinesis-local is installed, if it is. */
export function kinesisLocalFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('kinesis-local/package.json'));
  } catch {
    return undefined;
  }
}

/** kinesis-local takes some seconds to start, and no host to listen on. */
export async function startKinesisLocal(
  folder: string,
): Promise<{ client: KinesisClient; pid: number | undefined; close(): Promise<void> }> {
  const [plain, tls] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, [join(folder, 'main.js')], {
    cwd: folder, // its certificate lies there
    stdio: 'ignore',
    env: {
      ...process.env,
      KINESIS_MOCK_PLAIN_PORT: String(plain),
      KINESIS_MOCK_TLS_PORT: String(tls),
      LOG_LEVEL: 'ERROR',
      SHARD_LIMIT: '500',
      // What it would refuse otherwise are tests, not clients.
      ...Object.fromEntries(SLOW_STEPS.map((step) => [`${step}_DURATION`, '10ms'])),
    },
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const client = kinesisClient(`http://127.0.0.1:${plain}`);
  const close = async (): Promise<void> => {
    client.destroy();
    child.kill('SIGKILL');
    await ended;
  };
  await untilAnswering(client, child).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { client, pid: child.pid, close };
}

const SLOW_STEPS = ['CREATE_STREAM', 'DELETE_STREAM', 'MERGE_SHARDS', 'SPLIT_SHARD', 'UPDATE_SHARD_COUNT'];
const START_ATTEMPTS = 300;

async function untilAnswering(client: KinesisClient, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < START_ATTEMPTS && child.exitCode === null; attempt += 1) {
    const answers = await client.send(new ListStreamsCommand({})).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await sleep(200);
  }
  throw new Error('kinesis-local did not start.');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}
