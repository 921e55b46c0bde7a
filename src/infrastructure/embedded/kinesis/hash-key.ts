import { hash } from 'node:crypto';

/** Hash keys are 128-bit integers. Inside, they are 32 hexadecimal digits: these sort like the numbers, and cheaply. */
export type HashKey = string;

export interface HashKeyRange {
  readonly start: HashKey;
  /** Inclusive. */
  readonly end: HashKey;
}

const SPACE = 1n << 128n;

export function hashKeyOf(partitionKey: string): HashKey {
  return hash('md5', partitionKey, 'hex');
}

export function hashKeyFromNumber(value: bigint): HashKey {
  return value.toString(16).padStart(32, '0');
}

/** Nothing for a number outside of the 128 bits. */
export function hashKeyFromDecimal(text: string): HashKey | undefined {
  if (!/^(0|[1-9]\d{0,38})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value < SPACE ? hashKeyFromNumber(value) : undefined;
}

export function hashKeyNumber(key: HashKey): bigint {
  return BigInt(`0x${key}`);
}

export function hashKeyBefore(key: HashKey): HashKey {
  return hashKeyFromNumber(hashKeyNumber(key) - 1n);
}

export function hashKeyAfter(key: HashKey): HashKey {
  return hashKeyFromNumber(hashKeyNumber(key) + 1n);
}

/** The whole space in `count` ranges of equal size; the last takes the remainder, as on AWS. */
export function uniformRanges(count: number): HashKeyRange[] {
  const step = SPACE / BigInt(count);
  return Array.from({ length: count }, (_, at) => ({
    start: hashKeyFromNumber(step * BigInt(at)),
    end: hashKeyFromNumber(at === count - 1 ? SPACE - 1n : step * BigInt(at + 1) - 1n),
  }));
}
