import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  type CompletedPart,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketLocationCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListPartsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

export interface S3Harness {
  readonly client: S3Client;
  /** A bucket of its own. */
  readonly bucket: string;
  close(): Promise<void>;
}

export interface S3ContractOptions {
  /** Names of promises the engine does not keep; none that it does may be named. */
  readonly cannot?: readonly string[];
  /** Whether it decides conditions first and stores later, so that races now and then have two winners. */
  readonly racy?: boolean;
}

const MIB = 1024 ** 2;
const PART = 5 * MIB;

/**
 * What S3 does, as its documentation has it: judged on our endpoint and on a foreign one. An engine that cannot be
 * opened is skipped; its name says why.
 */
export function s3Contract(
  engine: string,
  open: (() => Promise<S3Harness>) | undefined,
  { cannot = [], racy = false }: S3ContractOptions = {},
): void {
  describe.skipIf(!open)(`S3 on ${engine}`, { timeout: 60_000 }, () => {
    let s3: S3Harness;
    let client: S3Client;
    let Bucket: string;
    const promised: string[] = [];

    beforeAll(async () => {
      s3 = await open!();
      ({ client, bucket: Bucket } = s3);
    });
    afterAll(() => s3?.close());

    /** A promise the engine keeps; of those it does not, the test must fail, so that the list stays true. */
    function promise(name: string, test: () => Promise<void>): void {
      promised.push(name);
      const kept = !cannot.includes(name);
      const judge = kept ? it : it.fails;
      judge(kept ? name : `${name} (it does not)`, test);
    }

    /** A promise to many who come at once. */
    function race(name: string, test: () => Promise<void>): void {
      const judge = racy ? it.skip : promise;
      judge(racy ? `${name} (it may not)` : name, test);
    }

    const put = (
      Key: string,
      Body: PutObjectCommandInput['Body'] = 'content',
      more: Partial<PutObjectCommandInput> = {},
    ) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
    const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
      client.send(new GetObjectCommand({ Bucket, Key, ...more }));
    const bytes = async (Key: string, more: Partial<GetObjectCommandInput> = {}): Promise<Buffer> =>
      Buffer.from(await (await get(Key, more)).Body!.transformToByteArray());
    const text = async (Key: string, more: Partial<GetObjectCommandInput> = {}): Promise<string> =>
      (await bytes(Key, more)).toString();
    const head = (Key: string) => client.send(new HeadObjectCommand({ Bucket, Key }));
    const list = (more: Partial<ListObjectsV2CommandInput> = {}) =>
      client.send(new ListObjectsV2Command({ Bucket, ...more }));
    const createUpload = async (Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}): Promise<string> =>
      (await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId!;
    const uploadPart = async (Key: string, UploadId: string, PartNumber: number, Body: Buffer | string) => {
      const part = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      return { PartNumber, ETag: part.ETag!, ...(part.ChecksumCRC32 ? { ChecksumCRC32: part.ChecksumCRC32 } : {}) };
    };
    const complete = (
      Key: string,
      UploadId: string,
      Parts: CompletedPart[],
      more: Partial<CompleteMultipartUploadCommandInput> = {},
    ) =>
      client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));

    describe('buckets', () => {
      promise('are created, listed, found and deleted', async () => {
        const name = `bucket-${randomBytes(4).toString('hex')}`;
        await client.send(new CreateBucketCommand({ Bucket: name }));
        const { Buckets } = await client.send(new ListBucketsCommand({}));
        expect(Buckets!.find((bucket) => bucket.Name === name)?.CreationDate).toBeInstanceOf(Date);
        await client.send(new HeadBucketCommand({ Bucket: name }));
        await client.send(new DeleteBucketCommand({ Bucket: name }));
        await expect(client.send(new HeadBucketCommand({ Bucket: name }))).rejects.toMatchObject({ name: 'NotFound' });
      });

      promise('are in us-east-1, which is called nothing', async () => {
        expect((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();
      });

      promise('may be created again by their owner', async () => {
        await put('stays');
        await client.send(new CreateBucketCommand({ Bucket }));
        expect(await text('stays')).toBe('content');
      });

      promise('are not deleted while they hold an object', async () => {
        await put('holds');
        await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
          name: 'BucketNotEmpty',
        });
      });

      promise('must have a legal name', async () => {
        for (const name of ['ab', 'Upper-Case', 'under_score', '-begins', 'a..b', '10.0.0.1']) {
          await expect(client.send(new CreateBucketCommand({ Bucket: name })), name).rejects.toMatchObject({
            name: 'InvalidBucketName',
          });
        }
      });

      promise('are missed by name', async () => {
        const missing = { Bucket: 'no-such-bucket', Key: 'k' };
        const wanted = { name: 'NoSuchBucket' };
        await expect(client.send(new PutObjectCommand({ ...missing, Body: 'x' }))).rejects.toMatchObject(wanted);
        await expect(client.send(new GetObjectCommand(missing))).rejects.toMatchObject(wanted);
        await expect(client.send(new ListObjectsV2Command(missing))).rejects.toMatchObject(wanted);
        await expect(client.send(new DeleteBucketCommand(missing))).rejects.toMatchObject(wanted);
      });
    });

    describe('objects', () => {
      promise('come back as they were put, with all that was said about them', async () => {
        const { ETag } = await put('said', 'hello', {
          ContentType: 'text/plain',
          CacheControl: 'max-age=60',
          ContentDisposition: 'attachment; filename="a.txt"',
          ContentEncoding: 'identity',
          ContentLanguage: 'fr',
          Expires: new Date('2030-01-01T00:00:00Z'),
          Metadata: { one: 'eins', two: 'zwei zwei' },
        });
        expect(ETag).toBe(`"${md5('hello')}"`);
        const said = {
          ETag,
          ContentLength: 5,
          ContentType: 'text/plain',
          CacheControl: 'max-age=60',
          ContentDisposition: 'attachment; filename="a.txt"',
          ContentEncoding: 'identity',
          ContentLanguage: 'fr',
          ExpiresString: 'Tue, 01 Jan 2030 00:00:00 GMT',
          Metadata: { one: 'eins', two: 'zwei zwei' },
          AcceptRanges: 'bytes',
        };
        expect(await head('said')).toMatchObject(said);
        const found = await get('said');
        expect(found).toMatchObject(said);
        expect(found.LastModified).toBeInstanceOf(Date);
        expect(await found.Body!.transformToString()).toBe('hello');
      });

      promise('may be empty', async () => {
        expect((await put('empty', '')).ETag).toBe(`"${md5('')}"`);
        expect(await head('empty')).toMatchObject({ ContentLength: 0 });
        expect(await text('empty')).toBe('');
      });

      promise('have a type though none was given', async () => {
        await put('typeless', Buffer.from('x'), { ContentType: undefined });
        expect((await head('typeless')).ContentType).toMatch(/^(binary|application)\/octet-stream$/);
      });

      promise('are replaced as a whole', async () => {
        await put('replaced', 'the first, which is longer', { Metadata: { old: 'yes' }, ContentType: 'text/html' });
        await put('replaced', 'second', { ContentType: 'text/plain' });
        expect(await text('replaced')).toBe('second');
        expect(await head('replaced')).toMatchObject({ Metadata: {}, ContentType: 'text/plain', ContentLength: 6 });
      });

      promise('are deleted, and were never there', async () => {
        await put('gone');
        await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
        await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
        await expect(get('gone')).rejects.toMatchObject({ name: 'NoSuchKey' });
        await expect(head('gone')).rejects.toMatchObject({ name: 'NotFound' });
      });

      promise('are deleted by the thousand', async () => {
        const keys = Array.from({ length: 20 }, (_, at) => `many/<&>"'${at}`);
        await Promise.all(keys.map((key) => put(key)));
        const Objects = [...keys, 'many/never'].map((Key) => ({ Key }));
        const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
        expect(Deleted!.map(({ Key }) => Key).sort()).toEqual([...keys, 'many/never'].sort());
        expect(Errors ?? []).toEqual([]);
        expect((await list({ Prefix: 'many/' })).KeyCount).toBe(0);
      });

      promise('are deleted without a word where that is wanted', async () => {
        await put('many/quiet');
        const quiet = { Objects: [{ Key: 'many/quiet' }], Quiet: true };
        expect((await client.send(new DeleteObjectsCommand({ Bucket, Delete: quiet }))).Deleted ?? []).toEqual([]);
        await expect(get('many/quiet')).rejects.toMatchObject({ name: 'NoSuchKey' });
      });

      promise('stream up and down in pieces, whatever their size', async () => {
        const content = randomBytes(3 * MIB + 17);
        const pieces = Array.from({ length: Math.ceil(content.length / 65_536) }, (_, at) =>
          content.subarray(at * 65_536, (at + 1) * 65_536),
        );
        await put('streamed', Readable.from(pieces), { ContentLength: content.length });
        expect((await bytes('streamed')).equals(content)).toBe(true);
        expect((await head('streamed')).ETag).toBe(`"${md5(content)}"`);
      });

      promise('do without what the headers of the request said about sending it', async () => {
        await put('encoded', Readable.from([Buffer.alloc(9000, 1)]), { ContentLength: 9000, ContentEncoding: 'gzip' });
        expect((await head('encoded')).ContentEncoding).toBe('gzip');
      });

      promise('answer with other headers where a reader asks for them', async () => {
        await put('overridden', 'x', { ContentType: 'text/plain' });
        expect(
          await get('overridden', {
            ResponseContentType: 'application/x-other',
            ResponseContentDisposition: 'inline',
            ResponseCacheControl: 'no-store',
            ResponseContentLanguage: 'de',
            ResponseContentEncoding: 'br',
            ResponseExpires: new Date('2031-01-01T00:00:00Z'),
          }),
        ).toMatchObject({
          ContentType: 'application/x-other',
          ContentDisposition: 'inline',
          CacheControl: 'no-store',
          ContentLanguage: 'de',
          ContentEncoding: 'br',
          ExpiresString: 'Wed, 01 Jan 2031 00:00:00 GMT',
        });
      });

      promise('do not take more than 2 KB of metadata', async () => {
        await put('metadata', 'x', { Metadata: { m: 'x'.repeat(2000) } });
        await expect(put('metadata', 'x', { Metadata: { m: 'x'.repeat(2048) } })).rejects.toMatchObject({
          name: 'MetadataTooLarge',
        });
      });

      promise('tell their attributes', async () => {
        await put('attributes', 'hello', { ChecksumAlgorithm: 'SHA256' });
        const ObjectAttributes = ['ETag', 'Checksum', 'ObjectSize', 'StorageClass'] as const;
        expect(
          await client.send(
            new GetObjectAttributesCommand({ Bucket, Key: 'attributes', ObjectAttributes: [...ObjectAttributes] }),
          ),
        ).toMatchObject({
          ETag: md5('hello'),
          Checksum: { ChecksumSHA256: createHash('sha256').update('hello').digest('base64') },
          ObjectSize: 5,
          StorageClass: 'STANDARD',
        });
      });
    });

    describe('keys', () => {
      const legal = [
        '../../x',
        '..',
        './a/../b',
        'a//b',
        '/begins',
        'ends/',
        'UPPER and lower',
        'upper AND LOWER',
        'ünïcödé ключ 鍵 🔑',
        'spécial !"#$%&\'()*+,-.:;<=>?@[\\]^_`{|}~',
        'percent%2Fencoded%00',
        'tab\tand\nnewline',
        'x'.repeat(900),
        'é'.repeat(512),
      ];

      promise('may be anything that is UTF-8', async () => {
        await Promise.all(legal.map((key) => put(key, `content of ${key}`)));
        for (const key of legal) expect(await text(key), key).toBe(`content of ${key}`);
      });

      promise('are listed as they are', async () => {
        await Promise.all(legal.map((key) => put(key)));
        const listed: string[] = [];
        for (let ContinuationToken: string | undefined; ;) {
          const page = await list({ EncodingType: 'url', ...(ContinuationToken ? { ContinuationToken } : {}) });
          listed.push(...page.Contents!.map(({ Key }) => decodeURIComponent(Key!.replaceAll('+', ' '))));
          ContinuationToken = page.NextContinuationToken;
          if (ContinuationToken === undefined) break;
        }
        expect(legal.filter((key) => !listed.includes(key))).toEqual([]);
        expect(listed).toEqual([...listed].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      });

      promise('are not longer than 1024 bytes', async () => {
        await put('y'.repeat(1024));
        await expect(put('y'.repeat(1025))).rejects.toMatchObject({ name: 'KeyTooLongError' });
        await expect(put('é'.repeat(513))).rejects.toMatchObject({ name: 'KeyTooLongError' });
      });
    });

    describe('conditions on reading', () => {
      let ETag: string;
      const past = new Date('2020-01-01T00:00:00Z');
      const future = new Date(Date.now() + 86_400_000);
      beforeAll(async () => {
        ETag = (await put('conditional', 'content')).ETag!;
      });

      promise('hand out what matches', async () => {
        expect(await text('conditional', { IfMatch: ETag })).toBe('content');
        expect(await text('conditional', { IfNoneMatch: '"other"' })).toBe('content');
        expect(await text('conditional', { IfModifiedSince: past })).toBe('content');
        expect(await text('conditional', { IfUnmodifiedSince: future })).toBe('content');
      });

      promise('refuse what does not', async () => {
        const failed = { $metadata: { httpStatusCode: 412 } };
        await expect(get('conditional', { IfMatch: '"other"' })).rejects.toMatchObject(failed);
        await expect(get('conditional', { IfUnmodifiedSince: past })).rejects.toMatchObject(failed);
      });

      promise('say that a reader has it already', async () => {
        const unmodified = { $metadata: { httpStatusCode: 304 } };
        await expect(get('conditional', { IfNoneMatch: ETag })).rejects.toMatchObject(unmodified);
        await expect(get('conditional', { IfModifiedSince: future })).rejects.toMatchObject(unmodified);
      });

      promise('put ETags above dates', async () => {
        expect(await text('conditional', { IfMatch: ETag, IfUnmodifiedSince: past })).toBe('content');
        const both = get('conditional', { IfNoneMatch: ETag, IfModifiedSince: past });
        await expect(both).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
      });

      promise('count for heads too', async () => {
        const conditional = { Bucket, Key: 'conditional' };
        await expect(client.send(new HeadObjectCommand({ ...conditional, IfMatch: '"other"' }))).rejects.toMatchObject({
          $metadata: { httpStatusCode: 412 },
        });
        await expect(client.send(new HeadObjectCommand({ ...conditional, IfNoneMatch: ETag }))).rejects.toMatchObject({
          $metadata: { httpStatusCode: 304 },
        });
      });
    });

    describe('ranges', () => {
      beforeAll(() => put('ranged', '0123456789'));

      promise('begin and end where they are asked to', async () => {
        const cases = [
          ['bytes=2-4', '234', 'bytes 2-4/10'],
          ['bytes=7-', '789', 'bytes 7-9/10'],
          ['bytes=-3', '789', 'bytes 7-9/10'],
          ['bytes=5-99', '56789', 'bytes 5-9/10'],
          ['bytes=-99', '0123456789', 'bytes 0-9/10'],
        ] as const;
        for (const [Range, wanted, ContentRange] of cases) {
          const found = await get('ranged', { Range });
          expect(found, Range).toMatchObject({ ContentRange, ContentLength: wanted.length });
          expect(found.$metadata.httpStatusCode).toBe(206);
          expect(await found.Body!.transformToString()).toBe(wanted);
        }
      });

      promise('are refused beyond the end', async () => {
        for (const Range of ['bytes=10-', 'bytes=99-100', 'bytes=-0']) {
          await expect(get('ranged', { Range }), Range).rejects.toMatchObject({
            name: 'InvalidRange',
            $metadata: { httpStatusCode: 416 },
          });
        }
      });

      promise('are passed over when they are malformed, or several', async () => {
        for (const Range of ['bytes=4-2', 'bytes=a-b', 'bytes=0-1,3-4', '2-4']) {
          const found = await get('ranged', { Range });
          expect(found.$metadata.httpStatusCode, Range).toBe(200);
          expect(await found.Body!.transformToString()).toBe('0123456789');
        }
      });

      promise('are passed over when they are not of bytes', async () => {
        expect(await text('ranged', { Range: 'lines=1-2' })).toBe('0123456789');
      });

      promise('hold for heads', async () => {
        const found = await client.send(new HeadObjectCommand({ Bucket, Key: 'ranged', Range: 'bytes=2-4' }));
        expect(found).toMatchObject({ ContentLength: 3, $metadata: { httpStatusCode: 206 } });
      });
    });

    describe('conditions on writing', () => {
      promise('keep an object from being overwritten', async () => {
        await put('once', 'first', { IfNoneMatch: '*' });
        const again = put('once', 'second', { IfNoneMatch: '*' });
        await expect(again).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
        expect(await text('once')).toBe('first');
      });

      race('let only one of many racers win', async () => {
        const racers = Array.from({ length: 12 }, (_, at) => `racer ${at}`);
        const results = await Promise.allSettled(racers.map((racer) => put('race', racer, { IfNoneMatch: '*' })));
        const winners = racers.filter((_, at) => results[at]!.status === 'fulfilled');
        expect(winners).toHaveLength(1);
        expect(await text('race')).toBe(winners[0]);
      });

      promise('overwrite just what the writer has seen', async () => {
        const { ETag } = await put('seen', 'first');
        await expect(put('seen', 'x', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
        await put('seen', 'second', { IfMatch: ETag });
        await expect(put('seen', 'third', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
        expect(await text('seen')).toBe('second');
      });

      promise('have nothing to match where there is nothing', async () => {
        await expect(put('unseen', 'x', { IfMatch: '"any"' })).rejects.toMatchObject({ name: 'NoSuchKey' });
        await expect(head('unseen')).rejects.toMatchObject({ name: 'NotFound' });
      });

      race('lose no update when everybody reads before writing', async () => {
        await put('counter', '0');
        const add = async (): Promise<void> => {
          for (;;) {
            const found = await get('counter');
            const next = String(Number(await found.Body!.transformToString()) + 1);
            try {
              await put('counter', next, { IfMatch: found.ETag });
              return;
            } catch (error) {
              if (![409, 412].includes((error as { $metadata: { httpStatusCode: number } }).$metadata.httpStatusCode))
                throw error;
            }
          }
        };
        await Promise.all(Array.from({ length: 6 }, add));
        expect(await text('counter')).toBe('6');
      });

      promise('keep what has changed from being deleted', async () => {
        const { ETag } = await put('watched', 'first');
        await put('watched', 'second');
        const old = client.send(new DeleteObjectCommand({ Bucket, Key: 'watched', IfMatch: ETag }));
        await expect(old).rejects.toMatchObject({ name: 'PreconditionFailed' });
        const now = (await head('watched')).ETag;
        await client.send(new DeleteObjectCommand({ Bucket, Key: 'watched', IfMatch: now }));
        await expect(head('watched')).rejects.toMatchObject({ name: 'NotFound' });
      });
    });

    describe('listings', () => {
      const keys = ['l/a', 'l/b/1', 'l/b/2', 'l/c', 'l/d/1', 'l/d/x/2', 'l/e', 'l/é', 'l/𝔷', 'l/\uffee'];
      beforeAll(() => Promise.all(keys.map((key) => put(key, key))));
      const inOrder = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const shown = (page: Awaited<ReturnType<typeof list>>): string[] => [
        ...(page.Contents ?? []).map(({ Key }) => Key!),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
      ];

      promise('show keys in the order of UTF-8, with what there is to say about them', async () => {
        const page = await list({ Prefix: 'l/' });
        expect(shown(page)).toEqual(inOrder);
        expect(page).toMatchObject({ Name: Bucket, Prefix: 'l/', KeyCount: 10, MaxKeys: 1000, IsTruncated: false });
        expect(page.Contents![0]).toMatchObject({
          Key: 'l/a',
          Size: 3,
          ETag: `"${md5('l/a')}"`,
          StorageClass: 'STANDARD',
        });
        expect(page.Contents![0]!.LastModified).toEqual((await head('l/a')).LastModified);
      });

      promise('fold what a delimiter has in common', async () => {
        const page = await list({ Prefix: 'l/', Delimiter: '/' });
        expect(page.CommonPrefixes!.map(({ Prefix }) => Prefix)).toEqual(['l/b/', 'l/d/']);
        expect(page.Contents!.map(({ Key }) => Key)).toEqual(['l/a', 'l/c', 'l/e', 'l/é', 'l/\uffee', 'l/𝔷']);
        expect(page).toMatchObject({ Delimiter: '/', KeyCount: 8 });
        expect(shown(await list({ Prefix: 'l/d', Delimiter: '/' }))).toEqual(['l/d/']);
        expect(shown(await list({ Prefix: 'l/', Delimiter: '/1' }))).toContain('l/b/1');
      });

      promise('go on page by page, folding or not', async () => {
        for (const Delimiter of [undefined, '/']) {
          for (const MaxKeys of [1, 3, 10]) {
            const request = { Prefix: 'l/', MaxKeys, ...(Delimiter ? { Delimiter } : {}) };
            const whole = shown(await list({ ...request, MaxKeys: 1000 })).sort();
            const found: string[] = [];
            for (let token: string | undefined, more = true; more;) {
              const page = await list({ ...request, ...(token ? { ContinuationToken: token } : {}) });
              expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
              found.push(...shown(page));
              token = page.NextContinuationToken;
              more = page.IsTruncated!;
            }
            expect(found.sort()).toEqual(whole);
          }
        }
      });

      promise('begin behind a key', async () => {
        expect(shown(await list({ Prefix: 'l/', StartAfter: 'l/d/1' }))).toEqual(
          inOrder.slice(inOrder.indexOf('l/d/x/2')),
        );
        expect(await list({ Prefix: 'l/', StartAfter: 'l/d/1' })).toMatchObject({ StartAfter: 'l/d/1' });
        expect(shown(await list({ Prefix: 'l/', StartAfter: 'l/bb' }))[0]).toBe('l/c');
      });

      promise('may be empty', async () => {
        expect(await list({ Prefix: 'nothing/' })).toMatchObject({ KeyCount: 0, IsTruncated: false });
        expect(await list({ Prefix: 'l/', MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false });
      });

      promise('refuse a token that nobody gave', async () => {
        await expect(list({ ContinuationToken: 'made up' })).rejects.toMatchObject({ name: 'InvalidArgument' });
      });

      promise('encode keys that XML cannot hold', async () => {
        await put('ctl/\u0001 +/é');
        const { Contents, Prefix, EncodingType } = await list({ Prefix: 'ctl/', EncodingType: 'url' });
        expect(EncodingType).toBe('url');
        expect(decodeURIComponent(Prefix!)).toBe('ctl/');
        expect(decodeURIComponent(Contents![0]!.Key!.replaceAll('+', ' '))).toBe('ctl/\u0001 +/é');
      });

      promise('go on in their first version too', async () => {
        const found: string[] = [];
        for (let Marker: string | undefined, more = true; more;) {
          const page = await client.send(
            new ListObjectsCommand({ Bucket, Prefix: 'l/', Delimiter: '/', MaxKeys: 2, ...(Marker ? { Marker } : {}) }),
          );
          found.push(
            ...(page.Contents ?? []).map(({ Key }) => Key!),
            ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
          );
          Marker = page.NextMarker;
          more = page.IsTruncated!;
        }
        expect(found.sort()).toEqual(shown(await list({ Prefix: 'l/', Delimiter: '/' })).sort());
      });
    });

    describe('copies', () => {
      beforeAll(() =>
        put('source é+', 'to be copied', { ContentType: 'text/plain', Metadata: { m: 'v' }, Tagging: 't=1' }),
      );
      const CopySource = (key: string): string => `${Bucket}/${encodeURIComponent(key)}`;
      const copy = (Key: string, more: object = {}, from = 'source é+') =>
        client.send(new CopyObjectCommand({ Bucket, Key, CopySource: CopySource(from), ...more }));

      promise('take content, metadata and tags along', async () => {
        const { CopyObjectResult } = await copy('copied');
        expect(CopyObjectResult!.ETag).toBe(`"${md5('to be copied')}"`);
        expect(await text('copied')).toBe('to be copied');
        expect(await head('copied')).toMatchObject({ ContentType: 'text/plain', Metadata: { m: 'v' } });
        const tags = await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'copied' }));
        expect(tags.TagSet).toEqual([{ Key: 't', Value: '1' }]);
      });

      promise('say other things where they are asked to', async () => {
        await copy('recast', {
          MetadataDirective: 'REPLACE',
          Metadata: { n: 'w' },
          ContentType: 'text/html',
          TaggingDirective: 'REPLACE',
          Tagging: 'u=2',
        });
        expect(await head('recast')).toMatchObject({ ContentType: 'text/html', Metadata: { n: 'w' } });
        const tags = await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'recast' }));
        expect(tags.TagSet).toEqual([{ Key: 'u', Value: '2' }]);
      });

      promise('replace themselves only to say something else', async () => {
        await put('itself', 'x', { Metadata: { a: 'b' } });
        await expect(copy('itself', {}, 'itself')).rejects.toMatchObject({ name: 'InvalidRequest' });
        await copy('itself', { MetadataDirective: 'REPLACE', Metadata: { c: 'd' } }, 'itself');
        expect(await head('itself')).toMatchObject({ Metadata: { c: 'd' }, ContentLength: 1 });
      });

      promise('hold the source against its ETag', async () => {
        const { ETag } = await head('source é+');
        await copy('if', { CopySourceIfMatch: ETag, CopySourceIfNoneMatch: '"other"' });
        const failed = { name: 'PreconditionFailed' };
        await expect(copy('if', { CopySourceIfMatch: '"other"' })).rejects.toMatchObject(failed);
        await expect(copy('if', { CopySourceIfNoneMatch: ETag })).rejects.toMatchObject(failed);
      });

      promise('hold the source against dates', async () => {
        const failed = { name: 'PreconditionFailed' };
        const past = new Date('2020-01-01T00:00:00Z');
        await expect(copy('if', { CopySourceIfUnmodifiedSince: past })).rejects.toMatchObject(failed);
        const future = new Date(Date.now() + 3_600_000);
        await expect(copy('if', { CopySourceIfModifiedSince: future })).rejects.toMatchObject(failed);
      });

      promise('hold the destination against conditions', async () => {
        await copy('only', { IfNoneMatch: '*' });
        await expect(copy('only', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
        await expect(copy('only', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
      });

      promise('need something to copy', async () => {
        await expect(copy('nothing', {}, 'not there')).rejects.toMatchObject({ name: 'NoSuchKey' });
      });

      promise('outlive their source', async () => {
        const content = randomBytes(2 * MIB);
        await put('short-lived', content);
        await copy('outlives', {}, 'short-lived');
        await put('short-lived', 'other');
        await client.send(new DeleteObjectCommand({ Bucket, Key: 'short-lived' }));
        expect((await bytes('outlives')).equals(content)).toBe(true);
      });
    });

    describe('tags', () => {
      promise('come with an object, and go with it', async () => {
        await put('tagged', 'x', { Tagging: 'a=1&b=two%20words' });
        expect((await get('tagged')).TagCount).toBe(2);
        const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }));
        expect(TagSet).toEqual([
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: 'two words' },
        ]);
        await put('tagged', 'y');
        expect((await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }))).TagSet).toEqual([]);
      });

      promise('are changed without changing the object', async () => {
        const { ETag } = await put('retagged', 'x');
        const Tagging = { TagSet: [{ Key: 'k', Value: 'v é' }] };
        await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'retagged', Tagging }));
        expect((await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'retagged' }))).TagSet).toEqual(
          Tagging.TagSet,
        );
        await client.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'retagged' }));
        expect((await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'retagged' }))).TagSet).toEqual([]);
        expect((await head('retagged')).ETag).toBe(ETag);
      });

      promise('are ten at most, each once', async () => {
        await put('overtagged', 'x');
        const tag = (TagSet: { Key: string; Value: string }[]) =>
          client.send(new PutObjectTaggingCommand({ Bucket, Key: 'overtagged', Tagging: { TagSet } }));
        await expect(tag(Array.from({ length: 11 }, (_, at) => ({ Key: `k${at}`, Value: '' })))).rejects.toMatchObject({
          name: 'BadRequest',
        });
        const twice = [1, 2].map((Value) => ({ Key: 'same', Value: String(Value) }));
        await expect(tag(twice)).rejects.toMatchObject({ name: 'InvalidTag' });
      });
    });

    describe('checksums', () => {
      const content = Buffer.from('123456789');
      const sums = {
        CRC32: 'y/Q5Jg==',
        CRC32C: '4waSgw==',
        CRC64NVME: 'rosUhgp5mIg=',
        SHA1: createHash('sha1').update(content).digest('base64'),
        SHA256: createHash('sha256').update(content).digest('base64'),
      } as const;

      for (const [name, value] of Object.entries(sums)) {
        const algorithm = name as keyof typeof sums;
        promise(`by ${algorithm} are kept and handed out`, async () => {
          const member = `Checksum${algorithm}`;
          const answer = await put(algorithm, content, { ChecksumAlgorithm: algorithm });
          expect(answer).toMatchObject({ [member]: value });
          expect(await get(algorithm, { ChecksumMode: 'ENABLED' })).toMatchObject({ [member]: value });
          expect(await head(algorithm)).not.toHaveProperty(member);
        });

        promise(`by ${algorithm} are checked`, async () => {
          const wrong = put(`${algorithm}-wrong`, 'other', { [`Checksum${algorithm}`]: value });
          await expect(wrong).rejects.toMatchObject({ name: 'BadDigest' });
          await expect(head(`${algorithm}-wrong`)).rejects.toMatchObject({ name: 'NotFound' });
        });

        promise(`by ${algorithm} may follow the content`, async () => {
          const long = Buffer.alloc(100_000, 'x');
          const whole = await put(`${algorithm}-trailer`, long, { ChecksumAlgorithm: algorithm });
          const pieces = [long.subarray(0, 70_000), long.subarray(70_000)];
          const streamed = await put(`${algorithm}-trailer`, Readable.from(pieces), {
            ChecksumAlgorithm: algorithm,
            ContentLength: long.length,
          });
          const member = `Checksum${algorithm}` as 'ChecksumCRC32';
          expect(streamed[member]).toBe(whole[member]);
          expect(streamed[member]).toMatch(/^[\w+/]+=*$/);
        });
      }

      promise('by MD5 are checked', async () => {
        const ContentMD5 = createHash('md5').update('x').digest('base64');
        await put('md5', 'x', { ContentMD5 });
        await expect(put('md5', 'y', { ContentMD5 })).rejects.toMatchObject({ name: 'BadDigest' });
        await expect(put('md5', 'x', { ContentMD5: 'nonsense' })).rejects.toMatchObject({ name: 'InvalidDigest' });
        expect(await text('md5')).toBe('x');
      });

      promise('are not those of a range', async () => {
        await put('CRC32-range', content, { ChecksumAlgorithm: 'CRC32' });
        const found = await get('CRC32-range', { ChecksumMode: 'ENABLED', Range: 'bytes=0-2' });
        expect(found.ChecksumCRC32).toBeUndefined();
        expect(await found.Body!.transformToString()).toBe('123');
      });
    });

    describe('multipart uploads', () => {
      const first = randomBytes(PART);
      const second = randomBytes(PART + 3);
      const last = Buffer.from('the end');
      const etagOf = (...parts: Buffer[]): string => {
        const digests = Buffer.concat(parts.map((part) => createHash('md5').update(part).digest()));
        return `"${md5(digests)}-${parts.length}"`;
      };

      promise('make one object of their parts', async () => {
        const UploadId = await createUpload('parts', {
          ContentType: 'text/plain',
          Metadata: { m: 'v' },
          Tagging: 't=1',
        });
        const parts = [
          await uploadPart('parts', UploadId, 3, second),
          await uploadPart('parts', UploadId, 1, first),
          await uploadPart('parts', UploadId, 10_000, last),
        ].sort((a, b) => a.PartNumber - b.PartNumber);
        await expect(head('parts')).rejects.toMatchObject({ name: 'NotFound' });
        const done = await complete('parts', UploadId, parts);
        expect(done).toMatchObject({ Bucket, Key: 'parts', ETag: etagOf(first, second, last) });
        expect((await bytes('parts')).equals(Buffer.concat([first, second, last]))).toBe(true);
        expect(await head('parts')).toMatchObject({ ContentType: 'text/plain', Metadata: { m: 'v' }, ETag: done.ETag });
        expect((await get('parts', { Range: `bytes=${PART - 2}-${PART + 1}` })).ContentLength).toBe(4);
        const across = await bytes('parts', { Range: `bytes=${PART - 2}-${2 * PART + 4}` });
        expect(across.equals(Buffer.concat([first.subarray(-2), second, last.subarray(0, 2)]))).toBe(true);
      });

      promise('are read part by part', async () => {
        const UploadId = await createUpload('numbered');
        const parts = [
          await uploadPart('numbered', UploadId, 1, first),
          await uploadPart('numbered', UploadId, 2, last),
        ];
        await complete('numbered', UploadId, parts);
        const found = await get('numbered', { PartNumber: 2 });
        expect(found).toMatchObject({ PartsCount: 2, ContentLength: last.length, $metadata: { httpStatusCode: 206 } });
        expect(await found.Body!.transformToString()).toBe('the end');
      });

      promise('take a part again, and leave out what is not listed', async () => {
        const UploadId = await createUpload('again');
        await uploadPart('again', UploadId, 1, 'first try');
        const part = await uploadPart('again', UploadId, 1, 'second try');
        await uploadPart('again', UploadId, 2, 'left out');
        const { Parts } = await client.send(new ListPartsCommand({ Bucket, Key: 'again', UploadId }));
        expect(Parts!.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
          [1, 10],
          [2, 8],
        ]);
        await complete('again', UploadId, [part]);
        expect(await text('again')).toBe('second try');
      });

      promise('refuse parts that are too small, unknown or changed', async () => {
        const UploadId = await createUpload('wrong');
        const one = await uploadPart('wrong', UploadId, 1, first);
        const two = await uploadPart('wrong', UploadId, 2, 'small');
        const three = await uploadPart('wrong', UploadId, 3, 'last');
        const wrong = (...parts: CompletedPart[]) => complete('wrong', UploadId, parts);
        await expect(wrong(one, two, three)).rejects.toMatchObject({ name: 'EntityTooSmall' });
        await expect(wrong(one, { ...one, PartNumber: 7 })).rejects.toMatchObject({ name: 'InvalidPart' });
        await expect(wrong({ ...one, ETag: two.ETag })).rejects.toMatchObject({ name: 'InvalidPart' });
        await complete('wrong', UploadId, [one, three]);
        expect(await head('wrong')).toMatchObject({ ContentLength: PART + 4 });
      });

      promise('refuse parts out of order, and no parts at all', async () => {
        const UploadId = await createUpload('disordered');
        const one = await uploadPart('disordered', UploadId, 1, first);
        const two = await uploadPart('disordered', UploadId, 2, second);
        const wrong = complete('disordered', UploadId, [two, one]);
        await expect(wrong).rejects.toMatchObject({ name: 'InvalidPartOrder' });
        await expect(complete('disordered', UploadId, [])).rejects.toMatchObject({ name: 'MalformedXML' });
      });

      promise('refuse numbers beyond 10,000', async () => {
        const UploadId = await createUpload('numbers');
        const beyond = { name: 'InvalidArgument' };
        await expect(uploadPart('numbers', UploadId, 10_001, 'x')).rejects.toMatchObject(beyond);
        await expect(uploadPart('numbers', UploadId, 0, 'x')).rejects.toMatchObject(beyond);
      });

      promise('are gone when they are aborted', async () => {
        const UploadId = await createUpload('aborted');
        const part = await uploadPart('aborted', UploadId, 1, 'x');
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId }));
        await expect(complete('aborted', UploadId, [part])).rejects.toMatchObject({ name: 'NoSuchUpload' });
        await expect(uploadPart('aborted', UploadId, 1, 'x')).rejects.toMatchObject({ name: 'NoSuchUpload' });
      });

      promise('list no parts once they are aborted', async () => {
        const UploadId = await createUpload('aborted');
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId }));
        const listing = client.send(new ListPartsCommand({ Bucket, Key: 'aborted', UploadId }));
        await expect(listing).rejects.toMatchObject({ name: 'NoSuchUpload' });
      });

      promise('belong to one key', async () => {
        const UploadId = await createUpload('mine');
        await expect(uploadPart('yours', UploadId, 1, 'x')).rejects.toMatchObject({ name: 'NoSuchUpload' });
      });

      promise('are listed page by page', async () => {
        const ids = [
          await createUpload('up/a'),
          await createUpload('up/b/1'),
          await createUpload('up/b/1'),
          await createUpload('up/c'),
        ];
        const found: string[] = [];
        for (let markers = {}, more = true; more;) {
          const page = await client.send(
            new ListMultipartUploadsCommand({ Bucket, Prefix: 'up/', MaxUploads: 1, ...markers }),
          );
          found.push(...(page.Uploads ?? []).map(({ Key, UploadId }) => `${Key} ${UploadId}`));
          markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
          more = page.IsTruncated!;
        }
        expect([...found].sort()).toEqual(
          ['up/a', 'up/b/1', 'up/b/1', 'up/c'].map((key, at) => `${key} ${ids[at]}`).sort(),
        );
      });

      promise('are folded in listings by a delimiter', async () => {
        await createUpload('fold/b/1');
        const folded = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'fold/', Delimiter: '/' }));
        expect(folded.CommonPrefixes).toEqual([{ Prefix: 'fold/b/' }]);
      });

      promise('list their parts page by page', async () => {
        const UploadId = await createUpload('parts to list');
        for (const number of [1, 2, 3]) await uploadPart('parts to list', UploadId, number, `part ${number}`);
        const parts = { Bucket, Key: 'parts to list', UploadId, MaxParts: 2 };
        const page = await client.send(new ListPartsCommand(parts));
        expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2', MaxParts: 2 });
        const rest = await client.send(new ListPartsCommand({ ...parts, PartNumberMarker: '2' }));
        expect(rest.Parts!.map(({ PartNumber }) => PartNumber)).toEqual([3]);
      });

      promise('hold their completion against conditions', async () => {
        const make = async (more: Partial<CompleteMultipartUploadCommandInput>): Promise<unknown> => {
          const UploadId = await createUpload('guarded');
          return complete('guarded', UploadId, [await uploadPart('guarded', UploadId, 1, randomBytes(8))], more);
        };
        const { ETag } = (await make({ IfNoneMatch: '*' })) as { ETag: string };
        await expect(make({ IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
        await make({ IfMatch: ETag });
        await expect(make({ IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
      });

      race('let only one of many completions win', async () => {
        const racers = await Promise.all(
          Array.from({ length: 6 }, async (_, at) => {
            const UploadId = await createUpload('last-race');
            return { UploadId, part: await uploadPart('last-race', UploadId, 1, `racer ${at}`) };
          }),
        );
        const results = await Promise.allSettled(
          racers.map(({ UploadId, part }) => complete('last-race', UploadId, [part], { IfNoneMatch: '*' })),
        );
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      });

      promise('may be completed again by a client that got no answer', async () => {
        const UploadId = await createUpload('twice');
        const parts = [await uploadPart('twice', UploadId, 1, 'x')];
        const done = await complete('twice', UploadId, parts);
        expect((await complete('twice', UploadId, parts)).ETag).toBe(done.ETag);
      });

      promise('are refused when they are not as large as was said', async () => {
        const UploadId = await createUpload('sized');
        const parts = [await uploadPart('sized', UploadId, 1, 'four')];
        await expect(complete('sized', UploadId, parts, { MpuObjectSize: 5 })).rejects.toMatchObject({
          name: 'InvalidRequest',
        });
        await complete('sized', UploadId, parts, { MpuObjectSize: 4 });
      });

      promise('copy ranges of other objects', async () => {
        const source = randomBytes(2 * PART);
        await put('range source', source);
        const UploadId = await createUpload('patched');
        const copy = async (PartNumber: number, CopySourceRange: string) => {
          const CopySource = `${Bucket}/range%20source`;
          const part = { Bucket, Key: 'patched', UploadId, PartNumber, CopySource, CopySourceRange };
          const { CopyPartResult } = await client.send(new UploadPartCopyCommand(part));
          return { PartNumber, ETag: CopyPartResult!.ETag! };
        };
        const parts = [
          await copy(1, `bytes=0-${PART + 9}`),
          await uploadPart('patched', UploadId, 2, second),
          await copy(3, `bytes=${2 * PART - 5}-${2 * PART - 1}`),
        ];
        expect(parts[0]!.ETag).toBe(`"${md5(source.subarray(0, PART + 10))}"`);
        await put('range source', 'overwritten meanwhile');
        await complete('patched', UploadId, parts);
        const wanted = Buffer.concat([source.subarray(0, PART + 10), second, source.subarray(2 * PART - 5)]);
        expect((await bytes('patched')).equals(wanted)).toBe(true);
      });

      promise('copy nothing of what is not as it is thought to be', async () => {
        const { ETag } = await put('watched source', '0123456789');
        const UploadId = await createUpload('watching');
        const part = { Bucket, Key: 'watching', UploadId, PartNumber: 1, CopySource: `${Bucket}/watched%20source` };
        await client.send(new UploadPartCopyCommand({ ...part, CopySourceIfMatch: ETag }));
        const copy = client.send(new UploadPartCopyCommand({ ...part, CopySourceIfMatch: '"other"' }));
        await expect(copy).rejects.toMatchObject({ name: 'PreconditionFailed' });
      });

      promise('refuse ranges that are not in the source', async () => {
        await put('short source', '0123456789');
        const UploadId = await createUpload('beyond');
        for (const CopySourceRange of ['bytes=5-10', 'bytes=10-12', 'bytes=-5', 'bytes=3-', 'bytes=4-2']) {
          const copy = client.send(
            new UploadPartCopyCommand({
              Bucket,
              Key: 'beyond',
              UploadId,
              PartNumber: 1,
              CopySource: `${Bucket}/short%20source`,
              CopySourceRange,
            }),
          );
          await expect(copy, CopySourceRange).rejects.toMatchObject({
            name: expect.stringMatching(/^Invalid(Argument|Range|Request)$/),
          });
        }
      });

      promise('come from the SDK as streams', async () => {
        const content = Buffer.concat([first, second, last]);
        const upload = new Upload({
          client,
          params: { Bucket, Key: 'from-sdk', Body: Readable.from([content]) },
          partSize: PART,
        });
        expect((await upload.done()).ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
        expect((await bytes('from-sdk', { ChecksumMode: 'ENABLED' })).equals(content)).toBe(true);
      });

      promise('have a checksum made of those of the parts', async () => {
        const UploadId = await createUpload('composite', { ChecksumAlgorithm: 'CRC32' });
        const parts = [
          await uploadPart('composite', UploadId, 1, first),
          await uploadPart('composite', UploadId, 2, last),
        ];
        const sums = Buffer.concat([first, last].map((part) => uint32(crc32(part))));
        const wanted = `${uint32(crc32(sums)).toString('base64')}-2`;
        expect(await complete('composite', UploadId, parts)).toMatchObject({ ChecksumCRC32: wanted });
        expect(await get('composite', { ChecksumMode: 'ENABLED' })).toMatchObject({
          ChecksumCRC32: wanted,
          ChecksumType: 'COMPOSITE',
        });
      });

      promise('have the checksum of the whole object where it is asked for', async () => {
        const UploadId = await createUpload('whole', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
        const parts = [await uploadPart('whole', UploadId, 1, first), await uploadPart('whole', UploadId, 2, last)];
        const wanted = uint32(crc32(Buffer.concat([first, last]))).toString('base64');
        const wrong = complete('whole', UploadId, parts, { ChecksumCRC32: 'AAAAAA==', ChecksumType: 'FULL_OBJECT' });
        await expect(wrong).rejects.toMatchObject({ name: 'BadDigest' });
        const done = await complete('whole', UploadId, parts, { ChecksumCRC32: wanted, ChecksumType: 'FULL_OBJECT' });
        expect(done).toMatchObject({ ChecksumCRC32: wanted, ChecksumType: 'FULL_OBJECT' });
        expect((await bytes('whole', { ChecksumMode: 'ENABLED' })).equals(Buffer.concat([first, last]))).toBe(true);
      });

      promise('do not mix checksums', async () => {
        const UploadId = await createUpload('mixed', { ChecksumAlgorithm: 'SHA256' });
        const part = client.send(
          new UploadPartCommand({
            Bucket,
            Key: 'mixed',
            UploadId,
            PartNumber: 1,
            Body: 'x',
            ChecksumAlgorithm: 'CRC32',
          }),
        );
        await expect(part).rejects.toMatchObject({ name: 'InvalidRequest' });
        await expect(
          createUpload('mixed', { ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }),
        ).rejects.toMatchObject({
          name: 'InvalidRequest',
        });
      });
    });

    describe('presigned URLs', () => {
      promise('let anybody read and write what they are for', async () => {
        const upload = new PutObjectCommand({ Bucket, Key: 'presigned é', Metadata: { by: 'url' } });
        const write = await getSignedUrl(client, upload, { expiresIn: 60 });
        expect((await fetch(write, { method: 'PUT', body: 'by anybody' })).status).toBe(200);
        expect(await head('presigned é')).toMatchObject({ Metadata: { by: 'url' } });
        const read = new GetObjectCommand({ Bucket, Key: 'presigned é', ResponseContentType: 'text/x-own' });
        const answer = await fetch(await getSignedUrl(client, read, { expiresIn: 60 }));
        expect(answer.headers.get('content-type')).toBe('text/x-own');
        expect(await answer.text()).toBe('by anybody');
      });

      promise('are worth nothing for anything else', async () => {
        await put('presigned', 'x');
        const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'presigned' }), { expiresIn: 60 });
        expect((await fetch(url.replace('/presigned?', '/other?'))).status).toBe(403);
        expect((await fetch(url, { method: 'PUT', body: 'y' })).status).toBe(403);
        expect((await fetch(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'))).status).toBe(403);
        expect((await fetch(url.replace(/(X-Amz-Signature=.)./, '$1x'))).status).toBe(403);
        expect((await fetch(`${url}&response-content-type=text/html`)).status).toBe(403);
        expect(await (await fetch(url)).text()).toBe('x');
      });

      promise('end when they are said to', async () => {
        await put('expired', 'x');
        const request = new GetObjectCommand({ Bucket, Key: 'expired' });
        const signingDate = new Date(Date.now() - 120_000);
        const answer = await fetch(await getSignedUrl(client, request, { expiresIn: 60, signingDate }));
        expect(answer.status).toBe(403);
        expect(await answer.text()).toContain('<Code>AccessDenied</Code>');
        const still = await getSignedUrl(client, request, { expiresIn: 600, signingDate });
        expect((await fetch(still)).status).toBe(200);
      });
    });

    it('names no promise that was never made', () => {
      expect(cannot.filter((name) => !promised.includes(name))).toEqual([]);
    });
  });
}

function md5(content: Buffer | string): string {
  return createHash('md5').update(content).digest('hex');
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
