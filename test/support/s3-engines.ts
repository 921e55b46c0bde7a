import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { S3Endpoint, type S3EndpointOptions } from '../../src/infrastructure/embedded/s3/s3-endpoint.js';
import { IDENTITY, REGION } from './aws-identity.js';
import { type Announcing, type BuiltEngine, startBuiltEngine } from './built-engines.js';
import { s3Client } from './s3-client.js';

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

/** Our endpoint as the process the supervisor starts; needs the build. */
export function startBuiltS3(dir: string, announcing?: Announcing): Promise<BuiltEngine<S3Client>> {
  return startBuiltEngine('s3', dir, { announcing, clientOf: (url) => s3Client(url) });
}
