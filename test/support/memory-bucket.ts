import { Readable } from 'node:stream';
import { PenstockError } from '../../src/domain/errors.js';
import type { ObjectContent, ObjectHead, StoredObject, WriteObject } from '../../src/domain/ports/object-store.port.js';

interface Stored extends ObjectHead {
  readonly bytes: Buffer;
}

/** As much of a bucket as exports use. */
export class MemoryBucket {
  readonly stored = new Map<string, Stored>();

  async head(key: string): Promise<ObjectHead | undefined> {
    return this.stored.get(key);
  }

  async read(key: string): Promise<ObjectContent> {
    const found = this.stored.get(key);
    if (found === undefined) throw new PenstockError('object.unknown', 'There is no such object.');
    return { ...found, length: found.size, body: Readable.from([found.bytes]) };
  }

  async put(key: string, content: AsyncIterable<Uint8Array>, options: WriteObject = {}): Promise<StoredObject> {
    const isOnlyNew = options.condition !== undefined && 'ifAbsent' in options.condition;
    if (isOnlyNew && this.stored.has(key)) throw new PenstockError('object.exists', 'There is one already.');
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const about = { key, etag: `"${bytes.length}"`, size: bytes.length, lastModified: new Date(), bytes };
    const { contentType, metadata = {} } = options;
    this.stored.set(key, { ...about, metadata, ...(contentType !== undefined && { contentType }) });
    return { key, etag: about.etag, size: about.size };
  }
}
