import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { S3Endpoint, type S3EndpointOptions } from '../../src/infrastructure/embedded/s3/s3-endpoint.js';
import { IDENTITY, REGION, s3Client } from './s3-client.js';

export interface OwnS3 {
  readonly client: S3Client;
  readonly url: string;
  readonly dir: string;
  close(): Promise<void>;
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'penstock-s3-'));
}

/** Our endpoint within this process; in a folder of its own, unless one is given. */
export async function openOwnS3(options: Partial<S3EndpointOptions> = {}, folder?: string): Promise<OwnS3> {
  const dir = folder ?? (await temporaryFolder());
  const endpoint = await S3Endpoint.open(dir, { ...IDENTITY, region: REGION, ...options });
  const url = `http://127.0.0.1:${await endpoint.listen('127.0.0.1', 0)}`;
  const client = s3Client(url);
  const close = async (): Promise<void> => {
    client.destroy();
    await endpoint.close();
    if (folder === undefined) await rm(dir, { recursive: true, force: true });
  };
  return { client, url, dir, close };
}

const BUILT_MAIN = resolve('dist/src/infrastructure/embedded/s3/main.js');

/** Our endpoint as the process the supervisor starts; needs the build. */
export async function startBuiltS3(
  dir: string,
  stdio: 'ipc' | 'stdout' = 'ipc',
): Promise<{ child: ChildProcess; client: S3Client; url: string }> {
  if (!existsSync(BUILT_MAIN)) throw new Error('There is no build to start: run `npm run build` first.');
  const args = { dir, host: '127.0.0.1', port: 0, ...IDENTITY, region: REGION };
  const child = spawn(process.execPath, [BUILT_MAIN, JSON.stringify(args)], {
    stdio: ['ignore', 'pipe', 'inherit', ...(stdio === 'ipc' ? (['ipc'] as const) : [])],
  });
  const port = await new Promise<number>((ready, failed) => {
    child.once('exit', (code) => failed(new Error(`The endpoint ended with code ${code}.`)));
    child.once('message', (message) => ready((message as { port: number }).port));
    child.stdout!.once('data', (line: Buffer) => ready((JSON.parse(line.toString()) as { port: number }).port));
  });
  const url = `http://127.0.0.1:${port}`;
  return { child, client: s3Client(url), url };
}
