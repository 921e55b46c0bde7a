import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SupervisedEngines } from '../../../src/infrastructure/embedded/supervised-engines.js';
import { bytesOf, MIB } from '../../support/object-bytes.js';
import { penstock, type Run } from '../../support/penstock.js';
import { until } from '../../support/running-penstock.js';
import { foreignClient } from '../../support/s3-adapters.js';

let folder: string;
let client: S3Client;
let engines: SupervisedEngines;
let environment: Record<string, string>;
const at = (name: string): string => join(folder, name);
const objects = (...words: string[]): Promise<Run> => penstock(['objects', ...words], environment);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-object-commands-'));
  environment = { PENSTOCK_HOME: join(folder, 'data') };
  // Held, so that it is not started for each command.
  engines = new SupervisedEngines({ home: join(folder, 'data'), startTimeoutMs: 60_000 });
  client = foreignClient(await engines.endpoint('s3'));
  await writeFile(at('large.bin'), bytesOf(20 * MIB));
});
afterAll(async () => {
  client?.destroy();
  await engines?.stop();
  await engines?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

function spawnObjects(...words: string[]): ChildProcess {
  const env = { PATH: process.env['PATH'], HOME: folder, ...environment };
  return spawn(process.execPath, [resolve('dist/src/cli.js'), 'objects', ...words], { env, cwd: folder });
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

const openUploads = async (): Promise<number> =>
  (await client.send(new ListMultipartUploadsCommand({ Bucket: 'penstock' }))).Uploads?.length ?? 0;

describe('penstock objects', { timeout: 120_000 }, () => {
  it('reads the standard input and writes the standard output', async () => {
    const put = spawnObjects('put', '-', 'piped');
    put.stdin?.end('through a pipe');
    expect(await ended(put)).toBe(0);
    expect(await objects('get', 'piped', '-')).toEqual({ exitCode: 0, stdout: 'through a pipe', stderr: '' });
    expect((await objects('get', 'piped', '-', '--range', '0-6')).stdout).toBe('through');
  });

  it('leaves nothing half done on Ctrl-C: no object, no parts', async () => {
    const put = spawnObjects('put', '-', 'interrupted');
    put.stdin?.on('error', () => undefined);
    put.stdin?.write(bytesOf(20 * MIB));
    await until(openUploads, (open) => open > 0);
    put.kill('SIGINT');
    expect(await ended(put)).toBe(130);
    expect(await openUploads()).toBe(0);
    expect((await objects('info', 'interrupted')).exitCode).toBe(66);

    await objects('put', at('large.bin'), 'once');
    const { etag } = JSON.parse((await objects('info', 'once', '--json')).stdout) as { etag: string };
    const patch = spawnObjects('patch', 'once', '-', '--offset', '5');
    patch.stdin?.on('error', () => undefined);
    patch.stdin?.write(bytesOf(20 * MIB));
    await until(openUploads, (open) => open > 0);
    patch.kill('SIGTERM');
    expect(await ended(patch)).toBe(143);
    expect(await openUploads()).toBe(0);
    expect((await objects('info', 'once', '--json')).stdout).toContain(JSON.stringify(etag));
  });
});
