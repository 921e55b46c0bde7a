import { JsonNumber, JsonObject, type JsonValue } from './lossless-json.js';

/** What a JSON value is to a warehouse, as the evidence names it. */
export type ValueKind =
  | 'int'
  | 'big int'
  | 'float'
  | 'long decimal'
  | 'huge number'
  | 'bool'
  | 'text'
  | 'empty string'
  | 'digits string'
  | 'leading-zero string'
  | 'date'
  | 'timestamp with zone'
  | 'timestamp without zone'
  | 'object'
  | 'odd object'
  | 'array';

export function valueKind(value: Exclude<JsonValue, null>): ValueKind {
  if (typeof value === 'string') return stringKind(value);
  if (value instanceof JsonNumber) return numberKind(value);
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof JsonObject) return fitsJsonColumn(value) ? 'object' : 'odd object';
  return 'array';
}

/** Doubles keep 15 digits, and any text of at most 17 that was written from one. */
const MAX_DOUBLE_DIGITS = 17;
/** Longer numbers are no quantities any warehouse computes with. */
const MAX_INTEGER_DIGITS = 78;

function numberKind({ text, integer }: JsonNumber): ValueKind {
  return integer ? integerKind(text) : decimalKind(text);
}

function integerKind(text: string): ValueKind {
  if (text.length <= 15 || Number.isSafeInteger(Number(text))) return 'int';
  return text.length <= MAX_INTEGER_DIGITS + 1 ? 'big int' : 'huge number';
}

function decimalKind(text: string): ValueKind {
  if (text.length <= MAX_DOUBLE_DIGITS && !/e/iu.test(text)) return 'float';
  const number = Number(text);
  const digits = text
    .replace(/[eE].*/u, '')
    .replaceAll(/[-.]/gu, '')
    .replace(/^0+/u, '');
  // Too small for a double is as bad as too large: the one becomes 0, the other infinite.
  if (!Number.isFinite(number) || (number === 0 && digits !== '')) return 'huge number';
  return digits.length > MAX_DOUBLE_DIGITS ? 'long decimal' : 'float';
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/u;
const TIMESTAMP =
  /^(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(Z|[-+](?:0\d|1[0-3]):[0-5]\d)?$/u;
const SHORTEST_DATE = 10;
const LONGEST_TIMESTAMP = 35;

function stringKind(text: string): ValueKind {
  if (text === '') return 'empty string';
  const first = text.charCodeAt(0);
  if (first < 0x30 || first > 0x39) return 'text';
  if (/^\d+$/u.test(text)) return first === 0x30 && text.length > 1 ? 'leading-zero string' : 'digits string';
  return text.length < SHORTEST_DATE || text.length > LONGEST_TIMESTAMP ? 'text' : timeKind(text);
}

function timeKind(text: string): ValueKind {
  if (DATE.test(text)) return isCalendarDate(text) ? 'date' : 'text';
  const [, date, , zone] = TIMESTAMP.exec(text) ?? [];
  if (date === undefined || !isCalendarDate(date, zone === undefined ? 0 : 1)) return 'text';
  return zone === undefined ? 'timestamp without zone' : 'timestamp with zone';
}

/** Years that both Date32 and DateTime64 hold; `margin` days less at either end, because a zone may move the day. */
const FIRST_DAY_MS = Date.UTC(1900, 0, 1);
const LAST_DAY_MS = Date.UTC(2299, 11, 31);
const DAY_MS = 86_400_000;

function isCalendarDate(text: string, margin = 0): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  // An impossible day rolls over into the next month.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return false;
  return date.getTime() >= FIRST_DAY_MS + margin * DAY_MS && date.getTime() <= LAST_DAY_MS - margin * DAY_MS;
}

const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * Whether a JSON column takes the object and gives it back: it refuses integers beyond 64 bits, and rewrites names with
 * dots into nested objects.
 */
function fitsJsonColumn(object: JsonObject): boolean {
  if (object.repeated) return false;
  for (const [name, value] of object.fields) {
    if (name === '' || name.includes('.') || !fitsInside(value)) return false;
  }
  return true;
}

function fitsInside(value: JsonValue): boolean {
  if (value instanceof JsonNumber) return fitsAsNumber(value);
  if (value instanceof JsonObject) return fitsJsonColumn(value);
  if (!Array.isArray(value)) return true;
  return (value as readonly JsonValue[]).every(fitsInside) && isEvenArray(value as readonly JsonValue[]);
}

/** A JSON column makes the items of an array one type: of integers and floats it makes floats, of a null maybe an object. */
function isEvenArray(items: readonly JsonValue[]): boolean {
  if (items.includes(null)) return false;
  const kinds = new Set((items as Exclude<JsonValue, null>[]).map(valueKind));
  if (kinds.has('big int') && kinds.size > 1) return false;
  return new Set([...kinds].map((kind) => ITEM_CLASSES[kind] ?? 'string')).size <= 1;
}

/** Kinds that a JSON column tells apart; all others are strings to it. */
const ITEM_CLASSES: Partial<Record<ValueKind, string>> = {
  int: 'number',
  float: 'number',
  'big int': 'number',
  bool: 'bool',
  object: 'object',
  array: 'array',
};

function fitsAsNumber(value: JsonNumber): boolean {
  const kind = numberKind(value);
  if (kind === 'int' || kind === 'float') return true;
  if (kind !== 'big int') return false;
  const number = BigInt(value.text);
  return number >= INT64_MIN && number <= UINT64_MAX;
}

/** Numbers of digits behind the point of the seconds. */
export function fractionDigits(timestamp: string): number {
  return /\.(\d+)/u.exec(timestamp)?.[1]?.length ?? 0;
}
