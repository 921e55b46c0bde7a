import { Buffer } from 'node:buffer';
import type { OutgoingRecord } from '../../domain/ports/stream-sink.port.js';

const MAX_PUT_RECORDS = 500;

/** A record that is not accepted yet. */
export interface WaitingRecord {
  readonly index: number;
  readonly record: OutgoingRecord;
  /** How often it was refused. */
  readonly refusals: number;
}

/**
 * Which records go into the next request. One request has no two records of one key: Kinesis may refuse the first and take
 * the second, and then their order would be lost.
 */
export class PutQueue {
  private waiting: WaitingRecord[];

  constructor(
    records: readonly OutgoingRecord[],
    private readonly maxPutBytes: number,
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

  /** The first record of each key, as many as a request takes; they are waiting no longer. */
  next(): WaitingRecord[] {
    const chosen: WaitingRecord[] = [];
    const left: WaitingRecord[] = [];
    const keys = new Set<string>();
    let bytes = 0;
    let at = 0;
    for (; at < this.waiting.length && chosen.length < MAX_PUT_RECORDS; at += 1) {
      const waiting = this.waiting[at] as WaitingRecord; // at is within
      const { partitionKey, data } = waiting.record;
      const size = data.length + Buffer.byteLength(partitionKey);
      if (keys.has(partitionKey)) {
        left.push(waiting);
        continue;
      }
      if (chosen.length > 0 && bytes + size > this.maxPutBytes) break;
      keys.add(partitionKey);
      chosen.push(waiting);
      bytes += size;
    }
    this.waiting = [...left, ...this.waiting.slice(at)];
    return chosen;
  }

  /** Records of a request that were not accepted stand before all others again. */
  putBack(records: readonly WaitingRecord[]): void {
    this.waiting = [...records, ...this.waiting];
  }
}
