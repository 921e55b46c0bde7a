import { InvalidArgumentError } from 'commander';
import { IDEMPOTENCY_KEY_RULE, isIdempotencyKey } from '../../domain/shared/idempotency-key.js';

/** Reads a whole number of an option within its bounds. */
export function parseWhole(text: string, { min = 1, max }: { readonly min?: number; readonly max: number }): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
}

/** Reads one word of a few. */
export function parseWord<T extends string>(text: string, words: readonly T[]): T {
  const word = words.find((known) => known === text);
  if (word !== undefined) return word;
  throw new InvalidArgumentError(`It is one of ${words.join(', ')}.`);
}

/** Reads what the caller names a request by, as `Idempotency-Key` does over HTTP. */
export function parseIdempotencyKey(text: string): string {
  if (isIdempotencyKey(text)) return text;
  throw new InvalidArgumentError(`It ${IDEMPOTENCY_KEY_RULE}.`);
}
