import { Buffer } from 'node:buffer';
import { isDigit, MINUS, PLUS, QUOTE } from '../json-bytes.js';
import type { ValueCheck } from './value-check.js';

const ZERO = 0x30;
export const EMPTY_NUMBER = 'An empty string would become 0.';

/** For an integer type of ClickHouse, which wraps what is outside its range. */
export function integerCheck(type: string, bits: number, signed: boolean): ValueCheck {
  const [min, max] = signed ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];
  const within = integerWithin(min, max, `An integer outside the range of ${type}.`);
  return (data, at) => {
    if (data[at] !== QUOTE) return within(data, at);
    return data[at + 1] === QUOTE ? EMPTY_NUMBER : within(data, at + 1);
  };
}

/** For digits, perhaps with a sign; anything else is not looked at. */
export function integerWithin(min: bigint, max: bigint, reason: string): ValueCheck {
  const most = Buffer.from(max.toString());
  const least = Buffer.from((-min).toString());
  const safe = Math.min(most.length, least.length);
  return (data, at) => {
    const sign = data[at];
    const negative = sign === MINUS;
    const start = negative || sign === PLUS ? at + 1 : at;
    let end = start;
    while (isDigit(data[end])) end++;
    const limit = negative ? least : most;
    if (end - start < safe && (!negative || safe > 1)) return undefined;
    return isBeyond(data, start, end, limit) ? reason : undefined;
  };
}

/** Compares digits with those of a limit. */
function isBeyond(data: Uint8Array, from: number, end: number, limit: Uint8Array): boolean {
  let start = from;
  while (start < end && data[start] === ZERO) start++;
  const length = end - start;
  if (length !== limit.length) return length > limit.length;
  for (let index = 0; index < length; index++) {
    const difference = (data[start + index] ?? 0) - (limit[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
