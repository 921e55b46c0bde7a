const WORDS = 4;
const MIX = 0x9e37_79b1;

/** Most of the slots that are used before looking for one takes long. */
const MAX_LOAD = 0.8;

/** A set of 128-bit digests in a fixed amount of memory: 16 bytes a slot, open addressing. */
export class DigestSet {
  private readonly words: Uint32Array;
  private readonly mask: number;
  private used = 0;

  /** @param slots a power of two */
  constructor(readonly slots: number) {
    this.words = new Uint32Array(slots * WORDS);
    this.mask = slots - 1;
  }

  /** @returns whether it was not there yet */
  add(a: number, b: number, c: number, d: number): boolean {
    // All zeros mean an empty slot; a digest of zeros shares the slot of its neighbour.
    const last = (a | b | c | d) === 0 ? 1 : d;
    let slot = (Math.imul(b ^ c, MIX) ^ last) & this.mask;
    for (;;) {
      const at = slot * WORDS;
      if (this.isEmpty(at)) break;
      if (this.holds(at, a, b, c) && this.words[at + 3] === last >>> 0) return false;
      slot = (slot + 1) & this.mask;
    }
    if (this.used >= this.slots * MAX_LOAD) throw new RangeError('The set of digests is full.');
    this.used += 1;
    const { words } = this;
    words[slot * WORDS] = a;
    words[slot * WORDS + 1] = b;
    words[slot * WORDS + 2] = c;
    words[slot * WORDS + 3] = last;
    return true;
  }

  clear(): void {
    this.words.fill(0);
    this.used = 0;
  }

  private isEmpty(at: number): boolean {
    const { words } = this;
    return ((words[at] ?? 0) | (words[at + 1] ?? 0) | (words[at + 2] ?? 0) | (words[at + 3] ?? 0)) === 0;
  }

  private holds(at: number, a: number, b: number, c: number): boolean {
    return this.words[at] === a >>> 0 && this.words[at + 1] === b >>> 0 && this.words[at + 2] === c >>> 0;
  }
}
