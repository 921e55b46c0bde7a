/**
 * Keys of the index. Bucket names, ids and file names hold no slash, so that each prefix stands for just what it says;
 * an object's key comes last and may hold anything. Bytes of UTF-8 are the order in which S3 lists.
 */

/** Above every text that starts as the one before it: no UTF-8 has this byte. */
const LAST = Buffer.from([0xff]);

export const BUCKETS = 'b/';

export function bucketKey(bucket: string): string {
  return `${BUCKETS}${bucket}`;
}

/** What the keys of a bucket's objects start with. */
export function objectsOf(bucket: string): string {
  return `o/${bucket}/`;
}

export function objectKey(bucket: string, key: string): string {
  return `${objectsOf(bucket)}${key}`;
}

export function partListKey(objectId: string): string {
  return `l/${objectId}`;
}

/** What the keys of all uploads start with. */
export const UPLOADS = 'u/';

export function uploadsOf(bucket: string): string {
  return `${UPLOADS}${bucket}/`;
}

/** Uploads of one key follow each other in the order in which they began: their ids tell. */
export function uploadKey(bucket: string, key: string, uploadId: string): string {
  return `${uploadsOf(bucket)}${key}\0${uploadId}`;
}

export function partsOf(uploadId: string): string {
  return `p/${uploadId}/`;
}

export function partKey(uploadId: string, number: number): string {
  return `${partsOf(uploadId)}${String(number).padStart(5, '0')}`;
}

export const REFERENCES = 'r/';

/** Who needs a file: an object or a part, by its id. */
export function referencesOf(file: string): string {
  return `${REFERENCES}${file}/`;
}

export function referenceKey(file: string, owner: string): string {
  return `${referencesOf(file)}${owner}`;
}

/** The end of the range of all keys that start with `prefix`. */
export function afterAll(prefix: string): Buffer {
  return Buffer.concat([Buffer.from(prefix), LAST]);
}
