import type { StreamRecord } from './stream-record.js';

interface Share {
  readonly records: StreamRecord[];
  readonly positions: Set<string>;
  bytes: number;
}

/** A bounded sample of a stream to which each shard gives an equal share, and more only where others have less. */
export class FairSample {
  private readonly shares = new Map<string, Share>();
  private bytes = 0;

  constructor(
    private readonly shards: number,
    private readonly size: number,
    private readonly maxBytes: number,
  ) {}

  get isEmpty(): boolean {
    return this.shares.size === 0;
  }

  /** Whether further reading would neither add records nor make the sample fairer. */
  get isFull(): boolean {
    const fair = Math.ceil(this.size / this.shards);
    const counted = [...this.shares.values()].reduce((sum, { records }) => sum + Math.min(records.length, fair), 0);
    return counted >= this.size || this.bytes >= this.maxBytes;
  }

  /** Whether the sample has use for more records of this shard. */
  wants(shardId: string): boolean {
    const share = this.shares.get(shardId);
    return !this.isFull && (share === undefined || this.fits(share));
  }

  /** Adds what is new of the records, as far as it fits. */
  add(shardId: string, records: readonly StreamRecord[]): void {
    if (records.length === 0) return;
    const share = this.shares.get(shardId) ?? { records: [], positions: new Set<string>(), bytes: 0 };
    this.shares.set(shardId, share);
    for (const record of records) {
      if (!this.fits(share)) return;
      const position = `${record.sequenceNumber}:${record.subSequenceNumber}`;
      if (share.positions.has(position)) continue;
      share.positions.add(position);
      share.records.push(record);
      share.bytes += record.data.byteLength;
      this.bytes += record.data.byteLength;
    }
  }

  /** The sample: from each shard in turn, in the order in which they were added. */
  take(): StreamRecord[] {
    const taken: StreamRecord[] = [];
    const lists = [...this.shares.values()].map(({ records }) => records);
    for (let round = 0; taken.length < this.size; round += 1) {
      const row = lists.flatMap((records) => records.slice(round, round + 1));
      if (row.length === 0) break;
      taken.push(...row.slice(0, this.size - taken.length));
    }
    return taken;
  }

  private fits(share: Share): boolean {
    return share.records.length < this.size && share.bytes < this.maxBytes / this.shards && this.bytes < this.maxBytes;
  }
}
