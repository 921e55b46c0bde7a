import { hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { ID_BYTES } from './hour-record.js';
import { EventIds, type Span } from '../../domain/warehouse-loading/amplitude/event-ids.js';

export const DIGEST_BYTES = 16;
export const IS_INSERT_ID = 1;

/** Ids that are collected before they are written. */
const BUFFERED_IDS = 8192;

/** Stands in no text of JSON, so that the ids of the two kinds differ. */
const SEPARATOR = 0;

/** Scans the lines of an hour and writes the digests of their ids, which is all that duplicates are found by. */
export class IdWriter {
  lines = 0;
  written = 0;
  unidentified = 0;
  unreadable = 0;
  private readonly ids = new EventIds();
  private buffer = Buffer.allocUnsafe(BUFFERED_IDS * ID_BYTES);
  private used = 0;
  private full: Buffer[] = [];
  private scratch = new Uint8Array(256);

  constructor(private readonly file: FileHandle) {}

  readonly visit = (bytes: Uint8Array, start: number, end: number): void => {
    const { uuid, insertId, deviceId } = this.ids;
    if (!this.ids.scan(bytes, start, end)) this.unreadable += 1;
    const [hasUuid, hasInsertId] = [uuid.end > uuid.start, insertId.end > insertId.start];
    if (hasUuid) this.add(slice(bytes, uuid), 0);
    // Amplitude itself drops an insert_id that the same device has used before.
    if (hasInsertId) this.add(this.joined(slice(bytes, insertId), slice(bytes, deviceId)), IS_INSERT_ID);
    if (!hasUuid && !hasInsertId) this.unidentified += 1;
    this.lines += 1;
  };

  /** Called between pieces, never during one, so that lines are visited without waiting. */
  async drain(): Promise<void> {
    const full = this.full;
    this.full = [];
    for (const buffer of full) await this.file.write(buffer);
  }

  async finish(): Promise<void> {
    await this.drain();
    await this.file.write(this.buffer.subarray(0, this.used));
    this.used = 0;
  }

  private joined(insertId: Uint8Array, deviceId: Uint8Array): Uint8Array {
    const length = insertId.length + 1 + deviceId.length;
    if (this.scratch.length < length) this.scratch = new Uint8Array(length);
    this.scratch.set(insertId);
    this.scratch[insertId.length] = SEPARATOR;
    this.scratch.set(deviceId, insertId.length + 1);
    return this.scratch.subarray(0, length);
  }

  private add(id: Uint8Array, kind: number): void {
    // As a text of bytes: a buffer for each digest would keep the collector busier than the hashing itself.
    this.buffer.write(hash('sha1', id, 'binary'), this.used, DIGEST_BYTES, 'latin1');
    this.buffer.writeUInt32LE(this.lines * 2 + kind, this.used + DIGEST_BYTES);
    this.used += ID_BYTES;
    this.written += 1;
    if (this.used < this.buffer.length) return;
    this.full.push(this.buffer);
    this.buffer = Buffer.allocUnsafe(this.buffer.length);
    this.used = 0;
  }
}

function slice(bytes: Uint8Array, { start, end }: Span): Uint8Array {
  return bytes.subarray(start, end);
}
