import { crc32 } from 'node:zlib';
import { Digest128 } from '../../domain/warehouse-loading/amplitude/digest-128.js';
import { EventIds } from '../../domain/warehouse-loading/amplitude/event-ids.js';
import type { GatheredFile } from './gathered-file.js';
import { ID_BYTES } from './run-record.js';

export const IS_INSERT_ID = 1;

/** Ids that are collected before they are passed on. */
const BUFFERED_IDS = 512;
const ID_WORDS = ID_BYTES / 4;

/** Scans the lines of an hour and writes the digests of their ids, which is all that duplicates are found by. */
export class IdWriter {
  lines = 0;
  written = 0;
  /** Of what was written. */
  crc = 0;
  unidentified = 0;
  unreadable = 0;
  private readonly ids = new EventIds();
  private readonly digest = new Digest128();
  private readonly words = new Int32Array(BUFFERED_IDS * ID_WORDS);
  private used = 0;
  private full: Uint8Array[] = [];

  constructor(private readonly digests: GatheredFile) {}

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
    for (const bytes of full) await this.digests.append(bytes);
  }

  async finish(): Promise<void> {
    this.passOn();
    await this.drain();
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
    if (this.used === words.length) this.passOn();
  }

  /** In the byte order of the machine, whose disk they stay on. */
  private passOn(): void {
    // zlib takes no bytes at all for the beginning of another CRC.
    if (this.used === 0) return;
    const bytes = new Uint8Array(this.words.slice(0, this.used).buffer);
    this.crc = crc32(bytes, this.crc);
    this.full.push(bytes);
    this.used = 0;
  }
}
