import { type AvroNode, isNamed, type NamedNode, type Primitive, type RecordNode } from './avro-node.js';
import { isList, isObject, isText, numberText, type SchemaJson } from './schema-json.js';
import { invalid } from './schema-names.js';

const INT_RANGE = [-(2n ** 31n), 2n ** 31n - 1n] as const;
const LONG_RANGE = [-(2n ** 63n), 2n ** 63n - 1n] as const;
/** The numbers that JSON has none of, as Java writes them. */
const NOT_FINITE = new Set(['NaN', 'Infinity', '-Infinity']);

/** @throws PenstockError `schema.invalid` when the value is none of the type; of a union, of any branch (Avro 1.12) */
export function checkDefault(type: AvroNode, value: SchemaJson, path: string): void {
  if (!isOf(type, value)) throw invalid(path, 'is not a value of the type of its field');
}

function isOf(type: AvroNode, value: SchemaJson): boolean {
  if (type.kind === 'union') return type.branches.some((branch) => isOf(branch, value));
  if (isNamed(type)) return isOfNamed(type, value);
  if (type.kind === 'array') return isList(value) && value.every((item) => isOf(type.items, item));
  if (type.kind === 'map') return isObject(value) && Object.values(value).every((item) => isOf(type.values, item));
  return IS_PRIMITIVE[type.kind](value);
}

function isOfNamed(type: NamedNode, value: SchemaJson): boolean {
  if (type.kind === 'record') return isObject(value) && hasFields(type, value);
  if (type.kind === 'enum') return isText(value) && type.symbols.includes(value);
  return isBytes(value) && value.length === type.size;
}

function hasFields({ fields }: RecordNode, value: Readonly<Record<string, SchemaJson>>): boolean {
  return fields.every((field) => {
    const given = value[field.name];
    return given === undefined ? field.default !== undefined : isOf(field.type, given);
  });
}

const IS_PRIMITIVE: Readonly<Record<Primitive, (value: SchemaJson) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  int: (value) => isWhole(value, INT_RANGE),
  long: (value) => isWhole(value, LONG_RANGE),
  float: isNumber,
  double: isNumber,
  bytes: isBytes,
  string: isText,
};

function isWhole(value: SchemaJson, [least, most]: readonly [bigint, bigint]): boolean {
  const text = numberText(value);
  if (text === undefined || !/^-?\d{1,20}$/.test(text)) return false;
  const number = BigInt(text);
  return number >= least && number <= most;
}

function isNumber(value: SchemaJson): boolean {
  return numberText(value) !== undefined || (isText(value) && NOT_FINITE.has(value));
}

/** Each character is one byte. */
function isBytes(value: SchemaJson): value is string {
  return isText(value) && !/[\u0100-\uffff]/.test(value);
}
