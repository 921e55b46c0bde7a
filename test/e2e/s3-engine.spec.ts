import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BuiltEngine, killBuiltEngines } from '../support/built-engines.js';
import { openOwnS3, startBuiltS3, temporaryFolder } from '../support/s3-engines.js';
import { until } from '../support/until.js';

const Bucket = 'penstock';
const PART = 5 * 1024 ** 2;

describe('The S3 engine as a process of its own', { timeout: 120_000 }, () => {
  let dir: string;
  let started: BuiltEngine<S3Client>[];
  beforeEach(async () => {
    dir = await temporaryFolder();
    started = [];
  });
  afterEach(async () => {
    await killBuiltEngines(started);
    await rm(dir, { recursive: true, force: true });
  });

  const start = async (stdio?: 'stdout') => {
    const engine = await startBuiltS3(dir, stdio);
    started.push(engine);
    return engine;
  };

  it('has every acknowledged object, and no half one, when it is killed again and again', async () => {
    let { child, client } = await start();
    /** What must be found: the digest of the content, or nothing after a deletion; while it is being changed, either. */
    const acknowledged = new Map<string, string | undefined>();
    const unsure = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const killed = { yes: false };
      const writers = [0, 1, 2, 3].map((writer) =>
        write({ client, killed, acknowledged, unsure }, `${round}-${writer}`),
      );
      const wanted = acknowledged.size + 60;
      await until(
        async () => acknowledged.size,
        (size) => size >= wanted,
      );
      killed.yes = true;
      child.kill('SIGKILL');
      await Promise.all([once(child, 'exit'), ...writers]);
      ({ child, client } = await start());
      const found = await contents(client);
      for (const [key, digest] of acknowledged) if (!unsure.has(key)) expect(found.get(key), key).toBe(digest);
      for (const key of found.keys()) expect(acknowledged.has(key) || unsure.has(key), key).toBe(true);
      expect(await filesOnDisk(dir)).toBe(await filesNeeded(client));
      unsure.clear();
      for (const [key, digest] of found) acknowledged.set(key, digest);
      for (const key of acknowledged.keys()) if (!found.has(key)) acknowledged.delete(key);
    }
  });

  it('has parts and uploads again when it was killed, and can complete them', async () => {
    const { child, client } = await start();
    const Key = 'long upload';
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const [first, last] = [randomBytes(PART), randomBytes(100)];
    const one = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: first }));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const again = await start();
    const { Uploads } = await again.client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads!.map((upload) => upload.UploadId)).toEqual([UploadId]);
    const two = await again.client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 2, Body: last }));
    const Parts = [one, two].map(({ ETag }, at) => ({ PartNumber: at + 1, ETag }));
    await again.client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    expect((await contents(again.client)).get(Key)).toBe(md5(Buffer.concat([first, last])));
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends cleanly on %s', async (signal) => {
    const { child, client } = await start('stdout');
    await client.send(new PutObjectCommand({ Bucket, Key: 'before', Body: 'x' }));
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect([...(await contents((await start('stdout')).client)).keys()]).toEqual(['before']);
  });

  it('ends when its parent is gone', async () => {
    const { child } = await start();
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('keeps a second process out of its folder', async () => {
    await start();
    await expect(openOwnS3({}, dir)).rejects.toMatchObject({ code: 'engine.unavailable' });
  });
});

interface Work {
  readonly client: S3Client;
  readonly killed: { yes: boolean };
  readonly acknowledged: Map<string, string | undefined>;
  readonly unsure: Set<string>;
}

/** Puts, overwrites, deletes and uploads in parts, until the engine is killed under it. */
async function write({ client, killed, acknowledged, unsure }: Work, name: string): Promise<void> {
  for (let at = 0; !killed.yes; at += 1) {
    const Key = `${name}-${Math.floor(at / 3)}`;
    unsure.add(Key);
    try {
      const digest = await change(client, Key, at);
      acknowledged.set(Key, digest);
      unsure.delete(Key);
    } catch (error) {
      if (!killed.yes) throw error;
      return;
    }
  }
}

async function change(client: S3Client, Key: string, at: number): Promise<string | undefined> {
  if (at % 9 === 8) {
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    return undefined;
  }
  const Body = randomBytes(at % 5 === 0 ? 400_000 : 3000);
  if (at % 4 !== 0) {
    await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    return md5(Body);
  }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
  return md5(Body);
}

/** The digests of all objects; each has the size and the digest its listing says. */
async function contents(client: S3Client): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const { Contents = [], IsTruncated } = await client.send(new ListObjectsV2Command({ Bucket }));
  expect(IsTruncated).toBe(false);
  for (const { Key, Size, ETag } of Contents) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: Key! }));
    const content = Buffer.from(await Body!.transformToByteArray());
    expect(content.length).toBe(Size);
    if (!ETag!.includes('-')) expect(ETag).toBe(`"${md5(content)}"`);
    found.set(Key!, md5(content));
  }
  return found;
}

async function filesOnDisk(dir: string): Promise<number> {
  const names = await readdir(join(dir, 'files'), { recursive: true, withFileTypes: true });
  return names.filter((name) => name.isFile()).length;
}

/** One for every object and part, for none here shares content, and none has more than a part. */
async function filesNeeded(client: S3Client): Promise<number> {
  const { KeyCount = 0 } = await client.send(new ListObjectsV2Command({ Bucket }));
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  const parts = await Promise.all(
    Uploads.map(
      async ({ Key, UploadId }) => (await client.send(new ListPartsCommand({ Bucket, Key, UploadId }))).Parts,
    ),
  );
  return KeyCount + parts.flatMap((list) => list ?? []).length;
}

function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('hex');
}
