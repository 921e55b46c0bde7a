import { AwsError } from '../aws/aws-error.js';
import type { FileStore } from './file-store.js';
import { bucketKey, BUCKETS, objectsOf, UPLOADS, uploadsOf } from './index-keys.js';
import type { IndexStore } from './index-store.js';
import type { Locks } from './locks.js';
import type { BucketRecord, UploadRecord } from './records.js';
import { noSuchBucket } from './s3-errors.js';
import type { UploadCatalog } from './upload-catalog.js';

/** The buckets, and whether they may come and go. */
export class BucketCatalog {
  constructor(
    private readonly index: IndexStore,
    private readonly files: FileStore,
    private readonly locks: Locks,
    private readonly uploads: UploadCatalog,
  ) {}

  find(name: string): BucketRecord | undefined {
    return this.index.get(bucketKey(name)) as BucketRecord | undefined; // what such keys hold
  }

  /** @throws AwsError `NoSuchBucket` */
  mustExist(name: string): void {
    if (!this.find(name)) throw noSuchBucket(name);
  }

  /** In the order of their names. */
  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const key of this.index.keys(BUCKETS)) names.push(key.slice(BUCKETS.length));
    return names;
  }

  /** Changes something in a bucket that stays meanwhile. @throws AwsError `NoSuchBucket` */
  within<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.locks.shared(bucketKey(name), async () => {
      this.mustExist(name);
      return work();
    });
  }

  /** Leaves a bucket that is there as it is. */
  create(name: string, createdMs: number): Promise<void> {
    return this.locks.exclusive(bucketKey(name), async () => {
      if (!this.find(name)) await this.index.change([{ put: bucketKey(name), value: { createdMs } }]);
    });
  }

  /** Its unfinished uploads go with it. @throws AwsError `NoSuchBucket`, `BucketNotEmpty` */
  delete(name: string): Promise<void> {
    return this.locks.exclusive(bucketKey(name), async () => {
      this.mustExist(name);
      if (await this.index.hasAny(objectsOf(name))) {
        throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409, { BucketName: name });
      }
      const uploads: UploadRecord[] = [];
      for await (const upload of this.index.values<UploadRecord>(uploadsOf(name))) uploads.push(upload);
      const removals = await Promise.all(uploads.map((upload) => this.uploads.removal(upload)));
      await this.index.change([{ del: bucketKey(name) }, ...removals.flatMap(({ changes }) => changes)]);
      this.files.release(removals.flatMap(({ files }) => files));
    });
  }

  /** Aborts the uploads, of all buckets, that began before this time. */
  async abortUploads(beforeMs: number): Promise<void> {
    const stale: UploadRecord[] = [];
    for await (const upload of this.index.values<UploadRecord>(UPLOADS)) {
      if (upload.startedMs < beforeMs) stale.push(upload);
    }
    for (const { bucket, key, id } of stale) {
      await this.within(bucket, () => this.uploads.abort({ bucket, key, uploadId: id }));
    }
  }
}
