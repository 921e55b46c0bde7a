import { randomBytes } from 'node:crypto';
import type { BucketCatalog } from './bucket-catalog.js';
import type { FileStore } from './file-store.js';
import type { IndexStore } from './index-store.js';
import type { ObjectCatalog } from './object-catalog.js';
import type { S3Answer } from './s3-answer.js';
import type { S3Request } from './s3-request.js';
import type { UploadCatalog } from './upload-catalog.js';

/** What the operations share. */
export interface S3Context {
  readonly index: IndexStore;
  readonly files: FileStore;
  readonly buckets: BucketCatalog;
  readonly objects: ObjectCatalog;
  readonly uploads: UploadCatalog;
  readonly region: string;
  readonly now: () => number;
}

export type S3Operation<R extends S3Request = S3Request> = (request: R) => Promise<S3Answer>;

/** The one owner of everything. */
export const OWNER = { ID: '0'.repeat(64), DisplayName: 'penstock' } as const;
export const ACCOUNT = '000000000000';

/** Whole seconds: headers cannot say more, and listings should not say otherwise. */
export function thisSecond({ now }: S3Context): number {
  return Math.floor(now() / 1000) * 1000;
}

let sequence = 0;

/** An id that sorts by the time it was made, and that nobody guesses. */
export function newId(ms: number): string {
  sequence = (sequence + 1) % 0x10000;
  const order = `${ms.toString(16).padStart(12, '0')}${sequence.toString(16).padStart(4, '0')}`;
  return `${order}${randomBytes(12).toString('hex')}`;
}
