import { type ColumnEvidence, MAX_ARRAY_DEPTH } from './column-evidence.js';
import { nullable } from './column-type.js';
import type { ValueKind } from './value-kind.js';

/**
 * The narrowest type that holds every value seen and gives it back: the lattice of docs/schema-inference.md, from its
 * leaves to `String`, which holds everything as its JSON text.
 */
export function widenedType(evidence: ColumnEvidence): string {
  const kinds = [...evidence.kinds.keys()];
  const all = (...allowed: ValueKind[]): boolean => kinds.length > 0 && kinds.every((kind) => allowed.includes(kind));
  if (all('int', 'big int')) return integerType(evidence);
  if (all('int', 'float')) return 'Float64';
  if (all('bool')) return 'Bool';
  if (all('date')) return 'Date32';
  if (all('timestamp with zone') || all('timestamp without zone')) return timestampType(evidence);
  if (all('object')) return 'JSON';
  if (all('array')) return arrayType(evidence.items);
  return 'String';
}

function integerType({ smallest, largest }: ColumnEvidence): string {
  const signed = [64n, 128n, 256n].find((bits) => smallest >= -(2n ** (bits - 1n)) && largest < 2n ** (bits - 1n));
  const unsigned = [64n, 256n].find((bits) => smallest >= 0n && largest < 2n ** bits);
  if (signed === 64n) return 'Int64';
  if (unsigned === 64n) return 'UInt64';
  if (signed !== undefined) return `Int${signed}`;
  return unsigned === undefined ? 'String' : `UInt${unsigned}`;
}

/** The first year a DateTime64 of nanoseconds cannot hold. */
const NANOSECONDS_END = 2262;

/** Milliseconds at least: a sample that happens to fall on whole seconds is no promise. */
function timestampType({ fraction, lastYear }: ColumnEvidence): string {
  if (fraction <= 3) return "DateTime64(3, 'UTC')";
  if (fraction <= 6) return "DateTime64(6, 'UTC')";
  return lastYear < NANOSECONDS_END ? "DateTime64(9, 'UTC')" : 'String';
}

function arrayType(items: ColumnEvidence | undefined): string {
  if (items === undefined || items.depth > MAX_ARRAY_DEPTH) return 'String';
  const type = widenedType(items);
  // A JSON column and an array have no NULL, and would turn one into an empty value.
  if (items.nulls > 0 && (type === 'JSON' || type.startsWith('Array('))) return 'Array(Nullable(String))';
  return `Array(${type === 'JSON' ? type : nullable(type)})`;
}
