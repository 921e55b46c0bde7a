import type { FileStore } from './file-store.js';
import { partKey, partsOf, referenceKey, uploadKey } from './index-keys.js';
import type { IndexStore } from './index-store.js';
import type { Locks } from './locks.js';
import type { Accompaniment } from './object-catalog.js';
import type { PartRecord, UploadRecord } from './records.js';
import { noSuchUpload } from './s3-errors.js';
import { filesOf } from './slices.js';

export interface UploadPlace {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

/** Multipart uploads that are under way. Whoever changes something sees to it that the bucket stays meanwhile. */
export class UploadCatalog {
  constructor(
    private readonly index: IndexStore,
    private readonly files: FileStore,
    private readonly locks: Locks,
  ) {}

  find({ bucket, key, uploadId }: UploadPlace): UploadRecord | undefined {
    // An id is ours, or it could lead to another key of the index.
    if (!/^[0-9a-f]{1,64}$/.test(uploadId)) return undefined;
    return this.index.get(uploadKey(bucket, key, uploadId)) as UploadRecord | undefined; // what such keys hold
  }

  /** @throws AwsError `NoSuchUpload` */
  mustFind(place: UploadPlace): UploadRecord {
    const upload = this.find(place);
    if (upload) return upload;
    throw noSuchUpload(place.uploadId);
  }

  start(upload: UploadRecord): Promise<void> {
    return this.index.change([{ put: uploadKey(upload.bucket, upload.key, upload.id), value: upload }]);
  }

  /** Takes a part in, in place of one of the same number. @throws AwsError `NoSuchUpload` */
  async addPart(place: UploadPlace, part: PartRecord): Promise<void> {
    const at = partKey(place.uploadId, part.number);
    await this.locks.shared(lockOf(place), () =>
      this.locks.exclusive(at, async () => {
        this.mustFind(place);
        const before = this.index.get(at) as PartRecord | undefined; // what such keys hold
        const left = before ? departure(before) : { changes: [], files: [] };
        await this.index.change([
          ...left.changes,
          { put: at, value: part },
          ...filesOf(part.slices).map((file) => ({ put: referenceKey(file, part.id), value: {} })),
        ]);
        this.files.release(left.files);
      }),
    );
  }

  /** In the order of their numbers. */
  async parts(uploadId: string): Promise<PartRecord[]> {
    const parts: PartRecord[] = [];
    for await (const part of this.index.values<PartRecord>(partsOf(uploadId))) parts.push(part);
    return parts;
  }

  /** Alone with an upload, if there is such a one, to which no part comes meanwhile. */
  alone<T>(place: UploadPlace, work: (upload: UploadRecord | undefined) => Promise<T>): Promise<T> {
    return this.locks.exclusive(lockOf(place), async () => work(this.find(place)));
  }

  /** @throws AwsError `NoSuchUpload` */
  abort(place: UploadPlace): Promise<void> {
    return this.alone(place, async (upload) => {
      if (!upload) throw noSuchUpload(place.uploadId);
      const { changes, files } = await this.removal(upload);
      await this.index.change(changes);
      this.files.release(files);
    });
  }

  /** What it takes to remove an upload and all its parts. */
  async removal(upload: UploadRecord): Promise<Accompaniment> {
    const parts = await this.parts(upload.id);
    const departures = parts.map(departure);
    return {
      changes: [
        { del: uploadKey(upload.bucket, upload.key, upload.id) },
        ...parts.map(({ number }) => ({ del: partKey(upload.id, number) })),
        ...departures.flatMap(({ changes }) => changes),
      ],
      files: departures.flatMap(({ files }) => files),
    };
  }
}

function lockOf({ uploadId }: UploadPlace): string {
  return partsOf(uploadId);
}

function departure({ id, slices }: PartRecord): Accompaniment {
  const files = filesOf(slices);
  return { files, changes: files.map((file) => ({ del: referenceKey(file, id) })) };
}
