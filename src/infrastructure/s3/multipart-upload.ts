import { createHash } from 'node:crypto';
import type { CompletedPart, CompleteMultipartUploadCommandOutput, CopyPartResult } from '@aws-sdk/client-s3';
import pRetry from 'p-retry';
import type { Span } from '../../domain/warehouse-loading/splice-plan.js';
import type { ContentPart } from './content-part.js';
import type { Attributes } from './object-attributes.js';
import type { S3Bucket } from './s3-connection.js';
import { isOutage } from './s3-errors.js';

/** Further tries for a part in a file, which the SDK does not try again by itself. */
const FILE_RETRIES = 3;

/** One upload in parts, of which nothing is seen before it is completed. */
export class MultipartUpload {
  private readonly parts: (CompletedPart & { readonly PartNumber: number })[] = [];

  private constructor(
    private readonly bucket: S3Bucket,
    private readonly target: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
  ) {}

  /** @param signal given to this request only */
  static async begin(
    bucket: S3Bucket,
    key: string,
    attributes: Attributes,
    signal: AbortSignal,
  ): Promise<MultipartUpload> {
    const { sdk, client, name, hasChecksums } = bucket;
    const object = { Bucket: name, Key: key };
    const checksum = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const { UploadId } = await client.send(
      new sdk.CreateMultipartUploadCommand({ ...object, ...attributes, ...(hasChecksums && checksum) }),
      { abortSignal: signal },
    );
    if (UploadId === undefined) throw new Error('The store began an upload without an id.');
    return new MultipartUpload(bucket, { ...object, UploadId });
  }

  async send(PartNumber: number, part: ContentPart, abortSignal: AbortSignal): Promise<void> {
    const { sdk, client, hasChecksums } = this.bucket;
    const send = () => {
      const input = { ...this.target, PartNumber, Body: part.body(), ContentLength: part.bytes };
      const command = new sdk.UploadPartCommand({ ...input, ...(hasChecksums && { ChecksumAlgorithm: 'CRC32' }) });
      return client.send(command, { abortSignal });
    };
    const retries = part.isInMemory ? 0 : FILE_RETRIES;
    const sent = await pRetry(send, { retries, signal: abortSignal, shouldRetry: ({ error }) => isOutage(error) });
    this.add(PartNumber, sent);
  }

  /** Takes a range of the object as it was with this ETag. */
  async copy(PartNumber: number, { first, last }: Span, etag: string, abortSignal: AbortSignal): Promise<void> {
    const { sdk, client, name } = this.bucket;
    const path = this.target.Key.split('/').map(encodeURIComponent).join('/');
    const source = {
      CopySource: `${name}/${path}`,
      CopySourceIfMatch: etag,
      CopySourceRange: `bytes=${first}-${last}`,
    };
    const command = new sdk.UploadPartCopyCommand({ ...this.target, ...source, PartNumber });
    const { CopyPartResult: copied = {} } = await client.send(command, { abortSignal });
    this.add(PartNumber, copied);
  }

  /** Makes the object of all parts. */
  async complete(
    condition: { readonly IfMatch?: string; readonly IfNoneMatch?: string },
    abortSignal: AbortSignal,
  ): Promise<CompleteMultipartUploadCommandOutput> {
    const { sdk, client, hasChecksums } = this.bucket;
    const parts = { MultipartUpload: { Parts: this.inOrder() } };
    const checksum = hasChecksums ? ({ ChecksumType: 'FULL_OBJECT' } as const) : {};
    const command = new sdk.CompleteMultipartUploadCommand({ ...this.target, ...parts, ...checksum, ...condition });
    return client.send(command, { abortSignal });
  }

  /** The ETag of the object as S3 makes it of parts without a key of one's own: by which an own write is known again. */
  expectedEtag(): string {
    const parts = this.inOrder();
    const digests = parts.map(({ ETag = '' }) => Buffer.from(ETag.replaceAll('"', ''), 'hex'));
    return `"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${parts.length}"`;
  }

  async abort(): Promise<void> {
    const { sdk, client } = this.bucket;
    await client.send(new sdk.AbortMultipartUploadCommand(this.target));
  }

  private add(PartNumber: number, { ETag, ChecksumCRC32 }: Pick<CopyPartResult, 'ETag' | 'ChecksumCRC32'>): void {
    this.parts.push({ PartNumber, ...(ETag && { ETag }), ...(ChecksumCRC32 && { ChecksumCRC32 }) });
  }

  private inOrder(): CompletedPart[] {
    return this.parts.sort((a, b) => a.PartNumber - b.PartNumber);
  }
}
