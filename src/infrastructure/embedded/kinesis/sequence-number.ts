/**
 * Sequence numbers as Kinesis makes them (the layout was read off real ones by kinesalite): 186 bits, 56 digits,
 *
 *   2 | second the shard was created (36) | low digit of the shard (4) | index in the shard (64) | 0 (8) |
 *   second of arrival (36) | shard (32) | 2 (4)
 *
 * Hence they rise within a shard, name their shard, and those of a child shard, created in a later second than its
 * parents, are larger than all of theirs.
 */
export class ShardSequence {
  private readonly prefix: bigint;
  private readonly suffix: bigint;

  constructor(
    shardIndex: number,
    private readonly createdSecond: number,
  ) {
    this.prefix = (2n << 184n) | (BigInt(createdSecond) << 148n) | (BigInt(shardIndex & 0xf) << 144n);
    this.suffix = (BigInt(shardIndex) << 4n) | 2n;
  }

  /** Smaller than every record's. */
  get starting(): string {
    return this.numberOf(0, this.createdSecond * 1000);
  }

  /** Larger than every record's; shown once the shard is closed. */
  ending(closedMs: number): string {
    return this.compose(CLOSED_INDEX, closedMs).toString();
  }

  numberOf(index: number, timeMs: number): string {
    return this.compose(BigInt(index), timeMs).toString();
  }

  /** The index of a record by its number; infinite for the shard's ending number, nothing for a foreign number. */
  indexOf(sequenceNumber: string): number | undefined {
    if (!/^\d{1,60}$/.test(sequenceNumber)) return undefined;
    const value = BigInt(sequenceNumber);
    const index = (value >> 80n) & 0xffff_ffff_ffff_ffffn;
    const ours = this.prefix | (index << 80n) | (value & ARRIVAL_BITS) | this.suffix;
    if (ours !== value) return undefined;
    return index === CLOSED_INDEX ? Number.POSITIVE_INFINITY : Number(index);
  }

  private compose(index: bigint, timeMs: number): bigint {
    return this.prefix | (index << 80n) | (BigInt(Math.floor(timeMs / 1000)) << 36n) | this.suffix;
  }
}

const CLOSED_INDEX = 0x7fff_ffff_ffff_ffffn;
const ARRIVAL_BITS = 0xf_ffff_ffffn << 36n;
