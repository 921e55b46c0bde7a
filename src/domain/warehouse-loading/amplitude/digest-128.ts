const C1 = 0x239b_961b;
const C2 = 0xab0e_9789;
const C3 = 0x38b3_4ae5;
const C4 = 0xa1e3_8b93;
const BLOCK = 16;

/**
 * A digest of 128 bits: MurmurHash3 x86-128, whose state is kept, so that further texts can be added. Nobody gains anything
 * by making two texts of one digest, since whoever can do so can send one text twice; a cryptographic digest of each of
 * some hundred thousand short texts takes five times as long.
 */
export class Digest128 {
  a = 0;
  b = 0;
  c = 0;
  d = 0;

  begin(seed: number): void {
    this.a = this.b = this.c = this.d = seed;
  }

  /** Each text is added with its length: `ab` and `c` are not what `a` and `bc` are. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const whole = end - ((end - start) % BLOCK);
    for (let at = start; at < whole; at += BLOCK) {
      this.mix(word(bytes, at), word(bytes, at + 4), word(bytes, at + 8), word(bytes, at + 12));
    }
    this.mixRest(bytes, whole, end);
    this.finish(end - start);
  }

  private mix(k1: number, k2: number, k3: number, k4: number): void {
    let { a, b, c, d } = this;
    a = (Math.imul(rotated(a ^ scrambled(k1, C1, 15, C2), 19) + b, 5) + 0x561c_cd1b) | 0;
    b = (Math.imul(rotated(b ^ scrambled(k2, C2, 16, C3), 17) + c, 5) + 0x0bca_a747) | 0;
    c = (Math.imul(rotated(c ^ scrambled(k3, C3, 17, C4), 15) + d, 5) + 0x96cd_1c35) | 0;
    d = (Math.imul(rotated(d ^ scrambled(k4, C4, 18, C1), 13) + a, 5) + 0x32ac_3b17) | 0;
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
  }

  /** Less than a block, as if zeros stood behind it. */
  private mixRest(bytes: Uint8Array, start: number, end: number): void {
    this.d ^= scrambled(wordBefore(bytes, start + 12, end), C4, 18, C1);
    this.c ^= scrambled(wordBefore(bytes, start + 8, end), C3, 17, C4);
    this.b ^= scrambled(wordBefore(bytes, start + 4, end), C2, 16, C3);
    this.a ^= scrambled(wordBefore(bytes, start, end), C1, 15, C2);
  }

  private finish(length: number): void {
    this.a ^= length;
    this.b ^= length;
    this.c ^= length;
    this.d ^= length;
    this.spread();
    this.a = avalanche(this.a);
    this.b = avalanche(this.b);
    this.c = avalanche(this.c);
    this.d = avalanche(this.d);
    this.spread();
  }

  private spread(): void {
    this.a = (this.a + this.b + this.c + this.d) | 0;
    this.b = (this.b + this.a) | 0;
    this.c = (this.c + this.a) | 0;
    this.d = (this.d + this.a) | 0;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function wordBefore(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let index = Math.min(at + 4, end) - 1; index >= at; index -= 1) value = (value << 8) | (bytes[index] ?? 0);
  return value;
}

function scrambled(value: number, first: number, bits: number, second: number): number {
  return Math.imul(rotated(Math.imul(value, first), bits), second);
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function avalanche(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
