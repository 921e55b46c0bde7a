/**
 * Arithmetic of reflected CRCs of 32 or 64 bits whose initial and final values are all ones, such as that of zlib,
 * whose `crc32_combine` this is: polynomials over GF(2), modulo the CRC's own.
 */
export class CrcCombination {
  /** x to the power of 2 to the k, by k. */
  private readonly powers: bigint[];
  private readonly top: bigint;
  /** Parts are mostly of one length. */
  private known: { readonly bytes: number; readonly shift: bigint } | undefined;

  constructor(
    private readonly polynomial: bigint,
    bits: 32 | 64,
  ) {
    this.top = 1n << BigInt(bits - 1);
    this.powers = [this.top >> 1n];
  }

  /** The CRC of some bytes and `bytes` others that follow them, from the CRCs of both. */
  combine(first: bigint, second: bigint, bytes: number): bigint {
    if (this.known?.bytes !== bytes) this.known = { bytes, shift: this.shift(bytes) };
    return this.multiply(this.known.shift, first) ^ second;
  }

  /** x to the power of 8 n. */
  private shift(bytes: number): bigint {
    let result = this.top;
    let at = 3;
    for (let left = BigInt(bytes); left > 0n; left >>= 1n) {
      if (left & 1n) result = this.multiply(this.power(at), result);
      at += 1;
    }
    return result;
  }

  private power(at: number): bigint {
    for (let next = this.powers.length; next <= at; next += 1) {
      const last = this.powers[next - 1] ?? this.top;
      this.powers.push(this.multiply(last, last));
    }
    return this.powers[at] ?? this.top;
  }

  private multiply(left: bigint, right: bigint): bigint {
    let product = 0n;
    let factor = right;
    for (let bit = this.top; bit > 0n; bit >>= 1n) {
      if (left & bit) product ^= factor;
      factor = factor & 1n ? (factor >> 1n) ^ this.polynomial : factor >> 1n;
    }
    return product;
  }
}
