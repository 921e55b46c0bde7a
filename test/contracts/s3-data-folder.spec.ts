import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOwnS3, type OwnS3, temporaryFolder } from '../support/s3-engines.js';
import { until } from '../support/until.js';

const Bucket = 'penstock';
const MIB = 1024 ** 2;

describe('The data folder of the S3 endpoint', { timeout: 60_000 }, () => {
  let dir: string;
  let s3: OwnS3;
  let client: S3Client;
  const defects: unknown[] = [];

  async function open(now = Date.now): Promise<void> {
    s3 = await openOwnS3({ now, onDefect: (error) => defects.push(error) }, dir);
    ({ client } = s3);
  }

  beforeEach(async () => {
    dir = await temporaryFolder();
    defects.length = 0;
    await open();
  });
  afterEach(async () => {
    await s3.close();
    await rm(dir, { recursive: true, force: true });
    if (defects.length > 0) throw new AggregateError(defects, 'The endpoint was at fault.');
  });

  const put = (Key: string, Body: Buffer | string, bucket = Bucket) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  const bytes = async (Key: string): Promise<Buffer> =>
    Buffer.from(await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray());
  const remove = (Key: string) => client.send(new DeleteObjectCommand({ Bucket, Key }));
  const upload = async (Key: string, bucket = Bucket): Promise<string> =>
    (await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }))).UploadId!;
  const part = async (Key: string, UploadId: string, PartNumber: number, Body: Buffer, bucket = Bucket) => {
    const { ETag } = await client.send(new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber, Body }));
    return { PartNumber, ETag: ETag! };
  };
  const copyPart = async (
    Key: string,
    UploadId: string,
    PartNumber: number,
    source: string,
    CopySourceRange: string,
  ) => {
    const copy = { Bucket, Key, UploadId, PartNumber, CopySource: `${Bucket}/${source}`, CopySourceRange };
    const { CopyPartResult } = await client.send(new UploadPartCopyCommand(copy));
    return { PartNumber, ETag: CopyPartResult!.ETag! };
  };
  const complete = (Key: string, UploadId: string, Parts: { PartNumber: number; ETag: string }[]) =>
    client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));

  async function files(): Promise<{ count: number; bytes: number }> {
    const names = await readdir(join(dir, 'files'), { recursive: true, withFileTypes: true });
    const paths = names.filter((name) => name.isFile()).map((name) => join(name.parentPath, name.name));
    // What is gone meanwhile takes no space.
    const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
    const sizes = found.flatMap((file) => (file ? [file.size] : []));
    return { count: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  }
  const filesBecome = (count: number) => until(files, (found) => found.count === count);

  it('holds no name a client gave, wherever that name would lead', async () => {
    for (const key of ['../../escaped', '/etc/absolute', 'CON', 'a'.repeat(1000)]) await put(key, 'x');
    const names = await readdir(dir, { recursive: true });
    expect(names.filter((name) => /escaped|absolute|CON$|aaaa/.test(name))).toEqual([]);
    expect((await readdir(join(dir, '..'))).filter((name) => name.includes('escaped'))).toEqual([]);
  });

  it('gives back the space of what is deleted, overwritten or aborted', async () => {
    await put('one', randomBytes(1000));
    await put('one', randomBytes(1000));
    await filesBecome(1);
    await remove('one');
    await filesBecome(0);
    const UploadId = await upload('two');
    await part('two', UploadId, 1, randomBytes(1000));
    await part('two', UploadId, 1, randomBytes(1000));
    await part('two', UploadId, 2, randomBytes(1000));
    await filesBecome(2);
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'two', UploadId }));
    await filesBecome(0);
  });

  it('gives back the space of parts that are not in the object, and of uploads whose bucket goes', async () => {
    const UploadId = await upload('some');
    const chosen = await part('some', UploadId, 2, randomBytes(1000));
    await part('some', UploadId, 1, randomBytes(1000));
    await complete('some', UploadId, [chosen]);
    await filesBecome(1);
    await client.send(new CreateBucketCommand({ Bucket: 'short-lived' }));
    await part('left', await upload('left', 'short-lived'), 1, randomBytes(1000), 'short-lived');
    await client.send(new DeleteBucketCommand({ Bucket: 'short-lived' }));
    await filesBecome(1);
    await client.send(new CreateBucketCommand({ Bucket: 'short-lived' }));
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'short-lived' }));
    expect(Uploads ?? []).toEqual([]);
  });

  it('holds nothing of what was refused', async () => {
    await put('there', 'x');
    const refused = client.send(
      new PutObjectCommand({ Bucket, Key: 'there', Body: 'y', ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }),
    );
    await expect(refused).rejects.toMatchObject({ name: 'BadDigest' });
    const races = Array.from({ length: 8 }, (_, at) =>
      client.send(new PutObjectCommand({ Bucket, Key: 'race', Body: `x${at}`, IfNoneMatch: '*' })),
    );
    await Promise.allSettled(races);
    await filesBecome(2);
  });

  it('shares content between copies, as long as any of them is there', async () => {
    const content = randomBytes(6 * MIB);
    await put('source', content);
    await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/source` }));
    const UploadId = await upload('patched');
    const parts = [
      await copyPart('patched', UploadId, 1, 'copy', `bytes=0-${5 * MIB - 1}`),
      await part('patched', UploadId, 2, Buffer.from('patch')),
    ];
    await complete('patched', UploadId, parts);
    expect((await files()).bytes).toBe(6 * MIB + 5);
    await remove('source');
    await remove('copy');
    expect((await bytes('patched')).equals(Buffer.concat([content.subarray(0, 5 * MIB), Buffer.from('patch')]))).toBe(
      true,
    );
    await s3.close();
    await open();
    expect((await bytes('patched')).length).toBe(5 * MIB + 5);
    await remove('patched');
    await filesBecome(0);
  });

  it('does not scatter an object that is patched over and over', async () => {
    await put('ledger', randomBytes(6 * MIB));
    for (let round = 0; round < 12; round += 1) {
      const before = await bytes('ledger');
      const UploadId = await upload('ledger');
      const at = 5 * MIB + round * 1000;
      const patch = Buffer.from(`patch ${round}`);
      await complete('ledger', UploadId, [
        await copyPart('ledger', UploadId, 1, 'ledger', `bytes=0-${at - 1}`),
        await part('ledger', UploadId, 2, Buffer.concat([patch, before.subarray(at + patch.length)])),
      ]);
      expect(
        (await bytes('ledger')).equals(
          Buffer.concat([before.subarray(0, at), patch, before.subarray(at + patch.length)]),
        ),
      ).toBe(true);
    }
    // What is left over of overwritten pieces is bounded by what they were.
    await until(files, (found) => found.bytes < 20 * MIB);
    await remove('ledger');
    await filesBecome(0);
  });

  it('lets every reader have one content as a whole, while it is overwritten and deleted', async () => {
    const contents = new Map<string, Buffer>();
    const write = async (round: number): Promise<void> => {
      const [first, last] = [randomBytes(5 * MIB), randomBytes(100_000 + round)];
      const whole = Buffer.concat([first, last]);
      contents.set(createHash('md5').update(whole).digest('hex'), whole);
      if (round % 2 === 0) await put('busy', whole);
      else {
        const UploadId = await upload('busy');
        await complete('busy', UploadId, [
          await part('busy', UploadId, 1, first),
          await part('busy', UploadId, 2, last),
        ]);
      }
    };
    await write(0);
    const writing = { goesOn: true };
    const read = async (): Promise<number> => {
      let reads = 0;
      while (writing.goesOn) {
        const found = await client.send(new GetObjectCommand({ Bucket, Key: 'busy' }));
        const content = Buffer.from(await found.Body!.transformToByteArray());
        expect(contents.has(createHash('md5').update(content).digest('hex'))).toBe(true);
        reads += 1;
      }
      return reads;
    };
    const readers = [read(), read(), read()];
    for (let round = 1; round < 8; round += 1) await write(round);
    const slow = await client.send(new GetObjectCommand({ Bucket, Key: 'busy' }));
    await remove('busy');
    writing.goesOn = false;
    const results = await Promise.all(readers.map((reader) => reader.catch((error: Error) => error.name)));
    expect(results.filter((result) => result !== 'NoSuchKey' && !(Number(result) > 0))).toEqual([]);
    const content = Buffer.from(await slow.Body!.transformToByteArray());
    expect(contents.has(createHash('md5').update(content).digest('hex'))).toBe(true);
    await filesBecome(0);
  });

  it('is put in order when it is opened again', async () => {
    await put('kept', 'content');
    await s3.close();
    await writeFile(join(dir, 'files', 'ab', `ab${'0'.repeat(30)}`), 'half an object');
    await open();
    expect((await bytes('kept')).toString()).toBe('content');
    expect((await files()).count).toBe(1);
  });

  it('goes on where it was', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'mine' }));
    await put('key', 'content', 'mine');
    const UploadId = await upload('going on');
    const first = await part('going on', UploadId, 1, Buffer.from('content'));
    await s3.close();
    await open();
    await complete('going on', UploadId, [first]);
    expect((await bytes('going on')).toString()).toBe('content');
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'mine' }));
    expect(Contents!.map(({ Key }) => Key)).toEqual(['key']);
  });

  it('loses uploads that nobody completes, a week after they began, when it is opened', async () => {
    const DAY_MS = 24 * 3_600_000;
    await client.send(new CreateBucketCommand({ Bucket: 'mine' }));
    await part('forgotten', await upload('forgotten'), 1, randomBytes(1000));
    await part('forgotten', await upload('forgotten', 'mine'), 1, randomBytes(1000), 'mine');
    const openedAfter = async (days: number): Promise<number> => {
      await s3.close();
      await open(() => Date.now() + days * DAY_MS);
      return (await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.length ?? 0;
    };
    expect(await openedAfter(6)).toBe(1);
    await upload('young');
    expect(await openedAfter(8)).toBe(1);
    await filesBecome(0);
  });

  it('belongs to one process at a time', async () => {
    await expect(openOwnS3({}, dir)).rejects.toMatchObject({ code: 'engine.unavailable' });
  });
});
