import { release } from './at-once.js';
import { FIXED_CODES, readCodes } from './block-codes.js';
import { bitsAt, type CodeTable, entryAt, IS_END, IS_MATCH, SKIP_BITS } from './deflate-codes.js';

/** A member of a gzip file: where its deflate stream lies, and where its last block begins and ends. Places are absolute. */
export interface GzipMember {
  /** First byte of the deflate stream. */
  readonly start: number;
  /** The bit that says "this is the last block", from the file's first. */
  readonly lastBlockBit: number;
  /** The bit behind the last block's last one. */
  readonly endBit: number;
  readonly crc: number;
  /** Of the content, modulo 2^32. */
  readonly size: number;
}

type Step = 'header' | 'block' | 'stored' | 'codes' | 'trailer' | 'over';

const MAGIC = [0x1f, 0x8b, 8] as const;
const FIXED_HEADER = 10;
const HAS_CRC = 2;
const HAS_EXTRA = 4;
const HAS_NAME = 8;
const HAS_COMMENT = 16;
const TRAILER = 8;

const NO_CODES: CodeTable = { entries: new Uint8Array(1), mask: 0 };

/** The longest description of codes: 17 bits, 19 lengths of 3, and 320 of at most 14; the gzip header may be longer. */
const MAX_BLOCK_HEADER = 600;
/** Most bytes that one symbol with all its extra bits, and the look at it, reach over. */
const MAX_SYMBOL = 12;
/** Longest gzip header (file name, comment) that is waited for. */
const MAX_HEADER = 65_536 + 4096;

/**
 * Goes through gzip files block by block without decompressing them, to learn where their last blocks begin: only there
 * can deflate streams be joined (the method of zlib's gzjoin, which zlib's own interface allows and Node's does not).
 * It checks nothing: whether the content is whole, decompressing it tells.
 */
export class GzipWalker {
  readonly members: GzipMember[] = [];
  private bytes: Uint8Array = new Uint8Array();
  private view = new DataView(this.bytes.buffer);
  /** Place in the file of the first of `bytes`. */
  private base = 0;
  /** Next bit of `bytes`. */
  private bit = 0;
  private step: Step = 'header';
  private start = 0;
  private lastBlockBit = 0;
  private isLast = false;
  private storedLeft = 0;
  private literals = NO_CODES;
  private distances = NO_CODES;

  /** Whether the file turned out to be something that cannot be walked; its members are then not to be used. */
  isLost = false;

  /** @param chunk is lent: whoever gave it may give it back */
  feed(chunk: Uint8Array): void {
    if (this.isLost) return;
    const all = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    this.look(all);
    this.run(false);
    const done = Math.min(this.bit >>> 3, all.length);
    this.look(Buffer.from(all.subarray(done)));
    this.base += done;
    this.bit -= done * 8;
    if (all !== chunk) release(all as Buffer);
  }

  finish(): void {
    if (!this.isLost) this.run(true);
    if (this.step !== 'over' && !(this.step === 'header' && this.members.length > 0 && this.left() === 0))
      this.isLost = true;
    this.bytes = new Uint8Array();
  }

  private look(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  private run(isEnd: boolean): void {
    while (!this.isLost && this.advance(isEnd));
  }

  /** @returns false when it needs more bytes, or is at the end */
  private advance(isEnd: boolean): boolean {
    switch (this.step) {
      case 'header':
        return this.readHeader(isEnd);
      case 'block':
        return (isEnd || this.left() >= MAX_BLOCK_HEADER) && this.readBlockHeader();
      case 'stored':
        return this.skipStored();
      case 'codes':
        return this.skipCodes(isEnd);
      case 'trailer':
        return this.readTrailer();
      case 'over':
        return false;
    }
  }

  private left(): number {
    return this.bytes.length - (this.bit >>> 3);
  }

  private at(index: number): number {
    return this.bytes[index] ?? 0;
  }

  private lose(): false {
    this.isLost = true;
    return false;
  }

  private readHeader(isEnd: boolean): boolean {
    const at = this.bit >>> 3;
    const left = this.left();
    if (left < FIXED_HEADER) return isEnd && left > 0 ? this.endOrLose() : false;
    if (MAGIC.some((byte, index) => this.at(at + index) !== byte)) return this.endOrLose();
    const end = this.endOfHeader(at);
    if (end > this.bytes.length) return left > MAX_HEADER || isEnd ? this.lose() : false;
    this.bit = end * 8;
    this.start = this.base + end;
    this.step = 'block';
    return true;
  }

  /** What stands behind a member and is no further one, is padding. */
  private endOrLose(): false {
    if (this.members.length === 0) return this.lose();
    this.step = 'over';
    return false;
  }

  /** RFC 1952, 2.3.1. Beyond the bytes there are when they do not hold all of it. */
  private endOfHeader(at: number): number {
    const flags = this.at(at + 3);
    let end = at + FIXED_HEADER;
    if (flags & HAS_EXTRA) end += 2 + this.at(end) + 256 * this.at(end + 1);
    if (flags & HAS_NAME) end = this.behindZero(end);
    if (flags & HAS_COMMENT) end = this.behindZero(end);
    return flags & HAS_CRC ? end + 2 : end;
  }

  private behindZero(from: number): number {
    const zero = from < this.bytes.length ? this.bytes.indexOf(0, from) : -1;
    return zero < 0 ? this.bytes.length + 1 : zero + 1;
  }

  private take(count: number): number {
    const value = bitsAt(this.bytes, this.bit, count);
    this.bit += count;
    return value;
  }

  private readBlockHeader(): boolean {
    this.lastBlockBit = this.base * 8 + this.bit;
    this.isLast = this.take(1) === 1;
    const type = this.take(2);
    if (this.left() < 0) return this.lose();
    if (type === 0) return this.beginStored();
    const codes = type > 2 ? undefined : type === 1 ? FIXED_CODES : readCodes(this.bytes, this.bit);
    if (codes === undefined) return this.lose();
    this.bit += codes.bits;
    this.literals = codes.literals;
    this.distances = codes.distances;
    if (this.left() < 0) return this.lose();
    this.step = 'codes';
    return true;
  }

  private beginStored(): boolean {
    this.bit = ((this.bit + 7) >>> 3) * 8;
    this.storedLeft = this.take(16);
    const complement = this.take(16);
    if (this.storedLeft + complement !== 0xffff) return this.lose();
    this.step = 'stored';
    return true;
  }

  private skipStored(): boolean {
    const skipped = Math.min(this.storedLeft, Math.max(0, this.left()));
    this.bit += skipped * 8;
    this.storedLeft -= skipped;
    return this.storedLeft === 0 && this.endBlock();
  }

  private skipCodes(isEnd: boolean): boolean {
    if (this.skipFast()) return this.endBlock();
    return isEnd && !this.isLost && (this.skipToEnd() ? this.endBlock() : this.lose());
  }

  /**
   * The hot loop: a look at the next bits says how many of them to skip. It ends where a look could reach beyond the bytes.
   *
   * @returns whether the block is over
   */
  private skipFast(): boolean {
    const { view, literals, distances } = this;
    const limit = (this.bytes.length - MAX_SYMBOL) * 8;
    let { bit } = this;
    while (bit < limit) {
      const word = view.getUint32(bit >>> 3, true) >>> (bit & 7);
      const entry = literals.entries[word & literals.mask] ?? 0;
      bit += entry & SKIP_BITS;
      if (entry < IS_MATCH && entry > 0) continue;
      if (entry >= IS_END) {
        this.bit = bit;
        return true;
      }
      const behind = view.getUint32(bit >>> 3, true) >>> (bit & 7);
      const distance = distances.entries[behind & distances.mask] ?? 0;
      if (entry === 0 || distance === 0) return this.lose();
      bit += distance;
    }
    this.bit = bit;
    return false;
  }

  /** The same for the last bytes there are. */
  private skipToEnd(): boolean {
    const { literals, distances, bytes } = this;
    while (this.bit < bytes.length * 8) {
      const entry = entryAt(literals, bytes, this.bit);
      if (entry === 0) return false;
      this.bit += entry & SKIP_BITS;
      if (entry >= IS_END) return true;
      if (entry < IS_MATCH) continue;
      const distance = entryAt(distances, bytes, this.bit);
      if (distance === 0) return false;
      this.bit += distance;
    }
    return false;
  }

  private endBlock(): boolean {
    this.step = this.isLast ? 'trailer' : 'block';
    return true;
  }

  private readTrailer(): boolean {
    const at = (this.bit + 7) >>> 3;
    if (this.bytes.length - at < TRAILER) return false;
    const trailer = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + at, TRAILER);
    const { start, lastBlockBit } = this;
    const endBit = this.base * 8 + this.bit;
    this.members.push({ start, lastBlockBit, endBit, crc: trailer.readUInt32LE(0), size: trailer.readUInt32LE(4) });
    this.bit = (at + TRAILER) * 8;
    this.step = 'header';
    return true;
  }
}
