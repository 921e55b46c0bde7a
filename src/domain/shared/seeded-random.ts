/** A source of numbers in [0, 1) that a seed makes repeatable. */
export type Random = () => number;

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough for synthetic data, never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const bits32 = (random: Random): number => (random() * 2 ** 32) >>> 0;
const hex16 = (bits: number): string => (HEX[(bits >>> 8) & 0xff] ?? '') + (HEX[bits & 0xff] ?? '');

/** Eight hexadecimal digits. */
export function randomHex(random: Random): string {
  const bits = bits32(random);
  return hex16(bits >>> 16) + hex16(bits);
}

/** An RFC 9562 version 4 shaped UUID from a repeatable source; four numbers each, for synthetic events need many. */
export function randomUuid(random: Random): string {
  const [one, two, three] = [bits32(random), (bits32(random) & 0xffff0fff) | 0x4000, bits32(random)];
  const variant = (three & 0x3fffffff) | 0x80000000;
  const head = `${hex16(one >>> 16)}${hex16(one)}-${hex16(two >>> 16)}-${hex16(two)}`;
  return `${head}-${hex16(variant >>> 16)}-${hex16(variant)}${randomHex(random)}`;
}

export function pick<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}
