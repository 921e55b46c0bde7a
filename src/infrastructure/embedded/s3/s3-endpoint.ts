import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { S3_DIALECT } from '../aws/signature-dialect.js';
import { SigV4Verifier } from '../aws/sigv4.js';
import { BucketCatalog } from './bucket-catalog.js';
import { FileStore } from './file-store.js';
import { IndexStore } from './index-store.js';
import { MAX_UPLOAD_AGE_MS } from './limits.js';
import { Locks } from './locks.js';
import { ObjectCatalog } from './object-catalog.js';
import { S3Routes } from './routes.js';
import type { S3Context } from './s3-context.js';
import { S3Server } from './s3-server.js';
import { UploadCatalog } from './upload-catalog.js';

export interface S3EndpointOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** The time at which objects are made. Signatures keep to the real time. */
  readonly now?: () => number;
  readonly onDefect?: (error: unknown) => void;
}

/** Is there from the start: what the service uses unless it is told another. */
const DEFAULT_BUCKET = 'penstock';

/**
 * An S3 endpoint on a data folder: the real protocol, checked signatures, and objects that are on disk before they are
 * acknowledged. Content lies in files of its own names, everything else in an ordered index.
 */
export class S3Endpoint {
  private constructor(
    private readonly index: IndexStore,
    private readonly files: FileStore,
    private readonly server: S3Server,
  ) {}

  /** @throws PenstockError `engine.unavailable` when another process holds the folder, or the index is damaged */
  static async open(dir: string, options: S3EndpointOptions): Promise<S3Endpoint> {
    const { accessKeyId, secretAccessKey, region, now = Date.now, onDefect = () => undefined } = options;
    await mkdir(dir, { recursive: true });
    const index = await IndexStore.open(join(dir, 'index'));
    try {
      const files = await FileStore.open(join(dir, 'files'), index, onDefect);
      const context = contextOf(index, files, { region, now });
      await context.buckets.create(DEFAULT_BUCKET, now());
      await context.buckets.abortUploads(now() - MAX_UPLOAD_AGE_MS);
      const identity = { accessKeyId, secretAccessKey, region };
      const verifier = new SigV4Verifier({ ...identity, service: 's3', dialect: S3_DIALECT });
      const server = new S3Server({ routes: new S3Routes(context), files, verifier, onDefect });
      return new S3Endpoint(index, files, server);
    } catch (error) {
      await index.close();
      throw error;
    }
  }

  /** Answers the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return this.server.listen(host, port);
  }

  /** Answers what was asked, writes what was given, and lets go of the folder. */
  async close(): Promise<void> {
    await this.server.close();
    await this.files.close();
    await this.index.close();
  }
}

function contextOf(index: IndexStore, files: FileStore, place: Pick<S3Context, 'region' | 'now'>): S3Context {
  const locks = new Locks();
  const uploads = new UploadCatalog(index, files, locks);
  const objects = new ObjectCatalog(index, files, locks);
  return { index, files, uploads, objects, buckets: new BucketCatalog(index, files, locks, uploads), ...place };
}
