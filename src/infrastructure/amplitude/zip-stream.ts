import { descriptor, directory, localHeader, type ZipEntry } from './zip-records.js';

const LARGEST_32 = 0xffff_ffff;

/** Compressed data of an entry as they come, and at their end what they say. */
export type EntryData = AsyncGenerator<Uint8Array, { readonly crc: number; readonly bytes: number }>;

/** A zip archive that is made while it is read: first its entries, one after another, then the directory. */
export class ZipStream {
  private readonly entries: ZipEntry[] = [];
  private offset = 0;

  /** @param atMostBytes what neither form of the content exceeds: beyond 4 GB, sizes get 64 bits */
  async *entry(name: string, data: EntryData, atMostBytes: number): AsyncGenerator<Uint8Array, ZipEntry> {
    const { offset } = this;
    const isLarge = atMostBytes > LARGEST_32;
    yield this.count(localHeader({ name, isLarge }));
    const before = this.offset;
    const content = yield* this.counted(data);
    const entry = { name, isLarge, offset, compressedBytes: this.offset - before, ...content };
    this.entries.push(entry);
    yield this.count(descriptor(entry));
    return entry;
  }

  private async *counted<T>(data: AsyncGenerator<Uint8Array, T>): AsyncGenerator<Uint8Array, T> {
    let isOver = false;
    try {
      for (;;) {
        const step = await data.next();
        if (step.done === true) {
          isOver = true;
          return step.value;
        }
        yield this.count(step.value);
      }
    } finally {
      // Whoever stops reading in the middle lets go of the files behind it.
      if (!isOver) await data.return(undefined as T);
    }
  }

  *end(): Generator<Uint8Array> {
    yield directory(this.entries, this.offset);
  }

  private count(bytes: Uint8Array): Uint8Array {
    this.offset += bytes.length;
    return bytes;
  }
}
