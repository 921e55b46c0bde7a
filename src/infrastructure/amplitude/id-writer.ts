import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Digest128 } from '../../domain/warehouse-loading/amplitude/digest-128.js';
import { EventIds } from '../../domain/warehouse-loading/amplitude/event-ids.js';
import type { HourFile } from './hour-file.js';
import { ID_BYTES } from './hour-record.js';

export const DIGEST_BYTES = 16;
export const IS_INSERT_ID = 1;

/** Ids of one buffer. */
const BUFFERED_IDS = 2048;
const BUFFER_BYTES = BUFFERED_IDS * ID_BYTES;
const ID_WORDS = ID_BYTES / 4;
/** More digests than this are put aside, into a file of their own, until the parts of the hour are written. */
const HELD_BYTES = 1024 * 1024;

/** Scans the lines of an hour and writes the digests of their ids, which is all that duplicates are found by. */
export class IdWriter {
  lines = 0;
  written = 0;
  unidentified = 0;
  unreadable = 0;
  private readonly ids = new EventIds();
  private readonly digest = new Digest128();
  private words = new Int32Array(BUFFERED_IDS * ID_WORDS);
  private used = 0;
  private full: Uint8Array[] = [];
  private aside: FileHandle | undefined;

  /** @param asidePath of the file for digests that are too many for memory; whoever gave it removes it */
  constructor(private readonly asidePath: string) {}

  readonly visit = (bytes: Uint8Array, start: number, end: number): void => {
    const { uuid, insertId, deviceId } = this.ids;
    const { digest } = this;
    if (!this.ids.scan(bytes, start, end)) this.unreadable += 1;
    const [hasUuid, hasInsertId] = [uuid.end > uuid.start, insertId.end > insertId.start];
    if (hasUuid) {
      digest.begin(0);
      digest.add(bytes, uuid.start, uuid.end);
      this.add(0);
    }
    if (hasInsertId) {
      // Another seed, so that the two kinds differ. Amplitude itself drops an insert_id that the same device has used before.
      digest.begin(IS_INSERT_ID);
      digest.add(bytes, insertId.start, insertId.end);
      digest.add(bytes, deviceId.start, deviceId.end);
      this.add(IS_INSERT_ID);
    }
    if (!hasUuid && !hasInsertId) this.unidentified += 1;
    this.lines += 1;
  };

  /** Called between pieces, never during one, so that lines are visited without waiting. */
  async drain(): Promise<void> {
    if (this.full.length * BUFFER_BYTES < HELD_BYTES) return;
    const full = this.full;
    this.full = [];
    this.aside ??= await open(this.asidePath, 'wx');
    for (const buffer of full) await this.aside.writeFile(buffer);
  }

  /** Puts the digests behind what the file has. */
  async finish(file: HourFile): Promise<void> {
    if (this.aside !== undefined)
      for await (const chunk of createReadStream(this.asidePath)) await file.append(chunk as Buffer);
    for (const buffer of this.full) await file.append(buffer);
    await file.append(bytesOf(this.words.subarray(0, this.used)));
  }

  async close(): Promise<void> {
    await this.aside?.close();
  }

  private add(kind: number): void {
    const { words, used } = this;
    const { a, b, c, d } = this.digest;
    words[used] = a;
    words[used + 1] = b;
    words[used + 2] = c;
    words[used + 3] = d;
    words[used + 4] = this.lines * 2 + kind;
    this.used += ID_WORDS;
    this.written += 1;
    if (this.used < words.length) return;
    this.full.push(bytesOf(words));
    this.words = new Int32Array(words.length);
    this.used = 0;
  }
}

/** In the byte order of the machine, whose disk they stay on. */
function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
