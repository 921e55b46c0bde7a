import { QUOTE } from '../json-bytes.js';
import { fieldsCheck, itemsCheck } from './containers.js';
import { date32Check, dateCheck } from './date-check.js';
import { dateTime64Check, dateTimeCheck } from './date-time-check.js';
import { decimalCheck } from './decimal-check.js';
import { bfloat16Check, float32Check, float64Check } from './float-check.js';
import { integerCheck, integerWithin } from './integer-check.js';
import { timeOfDayCheck } from './time-of-day-check.js';
import { literalText, namedType, type TypeParts, typeParts } from './type-text.js';
import type { ValueCheck } from './value-check.js';

/** The check for a type in the warehouse's words; undefined when it keeps, or refuses, every value. */
export function typeCheck(type: string): ValueCheck | undefined {
  const parts = typeParts(type);
  return integerType(parts.name) ?? SCALARS[parts.name]?.(parts) ?? CONTAINERS[parts.name]?.(parts);
}

const DECIMAL_SCALE = '0';
const DATE_TIME_SCALE = '3';

const decimal = ({ arguments: [, scale = DECIMAL_SCALE] }: TypeParts): ValueCheck =>
  decimalCheck(`Decimal with ${Number(scale)} digits behind the point`, Number(scale));
const sizedDecimal = ({ arguments: [scale] }: TypeParts): ValueCheck =>
  decimal({ name: '', arguments: ['', scale ?? DECIMAL_SCALE] });
const dateTime = ({ arguments: [first, second] }: TypeParts): ValueCheck =>
  /^\d+$/u.test(first ?? '') ? dateTime64Check(Number(first), literalText(second)) : dateTimeCheck(literalText(first));

const SCALARS: Readonly<Record<string, (parts: TypeParts) => ValueCheck | undefined>> = {
  decimal,
  dec: decimal,
  numeric: decimal,
  fixed: decimal,
  decimal32: sizedDecimal,
  decimal64: sizedDecimal,
  decimal128: sizedDecimal,
  decimal256: sizedDecimal,
  float64: () => float64Check,
  double: () => float64Check,
  'double precision': () => float64Check,
  float32: () => float32Check,
  float: () => float32Check,
  real: () => float32Check,
  single: () => float32Check,
  bfloat16: () => bfloat16Check,
  date: () => dateCheck,
  date32: () => date32Check,
  datetime: dateTime,
  datetime32: dateTime,
  timestamp: dateTime,
  datetime64: ({ arguments: [scale, zone] }) => dateTime64Check(Number(scale ?? DATE_TIME_SCALE), literalText(zone)),
  time: () => timeOfDayCheck('Time', 0),
  time64: ({ arguments: [scale] }) => timeOfDayCheck('Time64', Number(scale ?? DATE_TIME_SCALE)),
  enum8: () => numberOfEnum(8),
  enum16: () => numberOfEnum(16),
  enum: (parts) => numberOfEnum(enumBits(parts)),
};

const CONTAINERS: typeof SCALARS = {
  nullable: innerCheck,
  lowcardinality: innerCheck,
  simpleaggregatefunction: innerCheck,
  array: (parts) => {
    const check = innerCheck(parts);
    return check && itemsCheck(() => check);
  },
  map: (parts) => {
    const check = innerCheck(parts);
    return check && fieldsCheck(() => check);
  },
  tuple: tupleCheck,
  nested: (parts) => {
    const check = tupleCheck(parts);
    return check && itemsCheck(() => check);
  },
};

/** The last argument is the type of the values. */
function innerCheck({ arguments: types }: TypeParts): ValueCheck | undefined {
  return typeCheck(types.at(-1) ?? '');
}

function tupleCheck({ arguments: members }: TypeParts): ValueCheck | undefined {
  const checks = members.map(namedType).map(({ name, type }) => ({ name, check: typeCheck(type) }));
  if (checks.every(({ check }) => check === undefined)) return undefined;
  const byName = new Map(checks.map(({ name, check }) => [name, check]));
  const asFields = fieldsCheck((name) => byName.get(name));
  const asItems = itemsCheck((index) => checks[index]?.check);
  return (data, at) => asItems(data, at) ?? asFields(data, at);
}

const ALIASES: Readonly<Record<string, string>> = {
  tinyint: 'int8',
  int1: 'int8',
  byte: 'int8',
  smallint: 'int16',
  int: 'int32',
  integer: 'int32',
  mediumint: 'int32',
  bigint: 'int64',
  signed: 'int64',
  unsigned: 'uint64',
  bit: 'uint64',
  set: 'uint64',
  year: 'uint16',
};

function integerType(name: string): ValueCheck | undefined {
  const [, word = '', sign] = /^(\w+?)(?: (signed|unsigned))?$/u.exec(name) ?? [];
  if (/^interval[a-z]+$/u.test(word)) return integerCheck('Interval', 64, true);
  const [, unsigned, bits] = /^(u?)int(8|16|32|64|128|256)$/u.exec(ALIASES[word] ?? word) ?? [];
  if (bits === undefined) return undefined;
  const signed = unsigned === '' && sign !== 'unsigned';
  return integerCheck(`${signed ? '' : 'U'}Int${bits}`, Number(bits), signed);
}

/** A member of an Enum may be given by its number, which wraps; as text it does not. */
function numberOfEnum(bits: number): ValueCheck {
  const most = 2n ** BigInt(bits - 1);
  const within = integerWithin(-most, most - 1n, `A number outside the range of Enum${bits}.`);
  return (data, at) => (data[at] === QUOTE ? undefined : within(data, at));
}

function enumBits({ arguments: members }: TypeParts): number {
  const numbers = members.map((member) => Number(/=\s*(-?\d+)$/u.exec(member)?.[1] ?? 0));
  return members.length < 128 && numbers.every((number) => number >= -128 && number < 128) ? 8 : 16;
}
