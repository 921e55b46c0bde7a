import { Buffer } from 'node:buffer';
import type { OutgoingRecord } from '../../domain/ports/stream-sink.port.js';

/** Of one request, as Kinesis has it. */
const MAX_PUT_RECORDS = 500;
/** Of records that are packed into one: well below the largest record of a stream, which is 1 MiB by default. */
const MAX_PACK_BYTES = 262_144;
/** Bytes that a record takes besides its own when it is packed, at most. */
const PACK_OVERHEAD_BYTES = 12;

/** A record that is not accepted yet. */
export interface WaitingRecord {
  readonly index: number;
  readonly record: OutgoingRecord;
  /** How often it was refused. */
  readonly refusals: number;
}

/** What becomes one record of a request: one waiting record, or several of one key that may be packed. */
export interface PutEntry {
  readonly partitionKey: string;
  readonly members: readonly WaitingRecord[];
}

/** An entry that is being made. */
interface Draft {
  readonly partitionKey: string;
  readonly members: WaitingRecord[];
  bytes: number;
  /** A record of its key was left for another request, so those after it are left as well. */
  isClosed: boolean;
}

/**
 * Which records go into the next request. One request has no two records of one key: Kinesis may refuse the first and take
 * the second, and then their order would be lost. So they are packed where they may, or wait for one another.
 */
export class PutQueue {
  private waiting: WaitingRecord[];

  constructor(
    records: readonly OutgoingRecord[],
    private readonly options: { readonly maxPutBytes: number; readonly aggregate: boolean },
  ) {
    this.waiting = records.map((record, index) => ({ index, record, refusals: 0 }));
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** In rising order. */
  get indexes(): number[] {
    return this.waiting.map(({ index }) => index).sort((a, b) => a - b);
  }

  /** As many as a request takes, each key once; they are waiting no longer. */
  next(): PutEntry[] {
    const drafts = new Map<string, Draft>();
    const left: WaitingRecord[] = [];
    let room = this.options.maxPutBytes;
    let at = 0;
    for (const waiting of this.waiting) {
      const { partitionKey, data } = waiting.record;
      const bytes = data.length + PACK_OVERHEAD_BYTES;
      const draft = drafts.get(partitionKey);
      if (draft === undefined) {
        const needed = bytes + Buffer.byteLength(partitionKey) * 2;
        if (drafts.size === MAX_PUT_RECORDS || (drafts.size > 0 && needed > room)) break;
        drafts.set(partitionKey, { partitionKey, members: [waiting], bytes, isClosed: !this.isPackable(waiting) });
        room -= needed;
      } else if (!draft.isClosed && this.isPackable(waiting) && fits(draft, bytes, room)) {
        draft.members.push(waiting);
        draft.bytes += bytes;
        room -= bytes;
      } else {
        draft.isClosed = true;
        left.push(waiting);
      }
      at += 1;
    }
    this.waiting = [...left, ...this.waiting.slice(at)];
    return [...drafts.values()];
  }

  /** Records of a request that were not accepted stand before all others again. */
  putBack(records: readonly WaitingRecord[]): void {
    this.waiting = [...records, ...this.waiting];
  }

  private isPackable({ record }: WaitingRecord): boolean {
    return this.options.aggregate && record.isPackable === true;
  }
}

function fits(draft: Draft, bytes: number, room: number): boolean {
  return bytes <= room && draft.bytes + bytes <= MAX_PACK_BYTES;
}
