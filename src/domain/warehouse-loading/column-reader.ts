import type { ColumnType } from './dwh-tables.js';
import { jsonMisfit, textMisfit } from './json-value.js';
import { FIRST_YEAR, LAST_YEAR, timestampText } from './timestamp-text.js';

/** Why a value does not fit its column; follows the column's name in a sentence. */
export interface Misfit {
  readonly misfit: string;
}

/** Reads a JSON value that is not null as the text both engines take for it. */
export type ColumnReader = (value: unknown) => string | Misfit;

export function isMisfit(read: string | null | Misfit): read is Misfit {
  return typeof read === 'object' && read !== null;
}

/**
 * How values of JSON are read, by the type of their column. Nothing is changed without a word:
 *
 * - `text`: a text; a whole number or a boolean is kept as its JSON text
 * - `integer`, `bigint`: a whole number, or a text of its digits (beyond ±(2^53 - 1) only as text)
 * - `float`: a number, or a text of one as JSON writes it
 * - `boolean`: true or false, or a text of these
 * - `json`: any value, as it is; a text stays a text
 * - `timestamp`: a text, see timestamp-text.ts
 */
export const COLUMN_READERS: Readonly<Record<ColumnType, ColumnReader>> = {
  text: readText,
  integer: (value) => readWhole(value, INT32),
  bigint: (value) => readWhole(value, INT64),
  float: readFloat,
  boolean: readBoolean,
  json: readJson,
  timestamp: readTimestamp,
};

interface WholeRange {
  readonly bits: number;
  readonly min: bigint;
  readonly max: bigint;
}

const INT32: WholeRange = { bits: 32, min: -(2n ** 31n), max: 2n ** 31n - 1n };
const INT64: WholeRange = { bits: 64, min: -(2n ** 63n), max: 2n ** 63n - 1n };

const WHOLE = /^(?:0|-?[1-9]\d*)$/;
/** A sign, and as many as a number of 64 bits has: more need not be read to be told. */
const MAX_WHOLE_LENGTH = 20;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** No number of 64 bits has more, and no double needs more. */
const MAX_NUMBER_LENGTH = 400;

function readText(value: unknown): string | Misfit {
  if (typeof value === 'string') {
    const misfit = textMisfit(value);
    return misfit === undefined ? value : { misfit };
  }
  if (Number.isSafeInteger(value) || typeof value === 'boolean') return String(value);
  return { misfit: `must be a text, and is ${kindOf(value)}` };
}

function readWhole(value: unknown, { bits, min, max }: WholeRange): string | Misfit {
  const text = wholeText(value);
  if (typeof text !== 'string') return text;
  // Few are as long as that, and comparing BigInts is slow.
  if (text.length < 10) return text;
  const number = text.length > MAX_WHOLE_LENGTH ? undefined : BigInt(text);
  if (number !== undefined && number >= min && number <= max) return text;
  return { misfit: `must be a whole number of ${bits} bits, and is larger` };
}

function wholeText(value: unknown): string | Misfit {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value === 0 ? '0' : String(value);
    const misfit = Number.isInteger(value)
      ? 'must be within ±(2^53 - 1) as a number, because JSON readers round it beyond: send it as text'
      : 'must be a whole number';
    return { misfit };
  }
  if (typeof value === 'string' && WHOLE.test(value)) return value;
  return { misfit: `must be a whole number, and is ${kindOf(value)}` };
}

function readFloat(value: unknown): string | Misfit {
  if (typeof value === 'string') {
    if (value.length > MAX_NUMBER_LENGTH || !JSON_NUMBER.test(value)) return { misfit: 'must be a number' };
    return readFloat(Number(value));
  }
  if (typeof value !== 'number') return { misfit: `must be a number, and is ${kindOf(value)}` };
  if (!Number.isFinite(value)) return { misfit: 'must be a number within the range of a double' };
  return Object.is(value, -0) ? '-0' : String(value);
}

function readBoolean(value: unknown): string | Misfit {
  if (typeof value === 'boolean') return String(value);
  if (value === 'true' || value === 'false') return value;
  return { misfit: `must be true or false, and is ${kindOf(value)}` };
}

function readJson(value: unknown): string | Misfit {
  const misfit = jsonMisfit(value);
  return misfit === undefined ? JSON.stringify(value) : { misfit };
}

function readTimestamp(value: unknown): string | Misfit {
  if (typeof value !== 'string') return { misfit: `must be a text of a time, and is ${kindOf(value)}` };
  const text = timestampText(value);
  if (text !== undefined) return text;
  return {
    misfit: `must be a time of the years ${FIRST_YEAR} to ${LAST_YEAR} as in ISO 8601, its fraction at most six digits of a second`,
  };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'another text';
  return typeof value === 'boolean' ? 'a boolean' : 'a number';
}
