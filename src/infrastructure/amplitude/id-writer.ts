import type { FileHandle } from 'node:fs/promises';
import { ID_BYTES } from './hour-record.js';
import { Digest128 } from '../../domain/warehouse-loading/amplitude/digest-128.js';
import { EventIds } from '../../domain/warehouse-loading/amplitude/event-ids.js';

export const DIGEST_BYTES = 16;
export const IS_INSERT_ID = 1;

/** Ids that are collected before they are written. */
const BUFFERED_IDS = 2048;

/** Scans the lines of an hour and writes the digests of their ids, which is all that duplicates are found by. */
export class IdWriter {
  lines = 0;
  written = 0;
  unidentified = 0;
  unreadable = 0;
  private readonly ids = new EventIds();
  private readonly digest = new Digest128();
  private buffer = Buffer.allocUnsafe(BUFFERED_IDS * ID_BYTES);
  private used = 0;
  private full: Buffer[] = [];

  constructor(private readonly file: FileHandle) {}

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
    const full = this.full;
    this.full = [];
    for (const buffer of full) await this.file.writeFile(buffer);
  }

  async finish(): Promise<void> {
    await this.drain();
    await this.file.writeFile(this.buffer.subarray(0, this.used));
    this.used = 0;
  }

  private add(kind: number): void {
    const { buffer, used } = this;
    const { a, b, c, d } = this.digest;
    buffer.writeInt32LE(a, used);
    buffer.writeInt32LE(b, used + 4);
    buffer.writeInt32LE(c, used + 8);
    buffer.writeInt32LE(d, used + 12);
    buffer.writeUInt32LE(this.lines * 2 + kind, used + DIGEST_BYTES);
    this.used += ID_BYTES;
    this.written += 1;
    if (this.used < this.buffer.length) return;
    this.full.push(this.buffer);
    this.buffer = Buffer.allocUnsafe(this.buffer.length);
    this.used = 0;
  }
}
