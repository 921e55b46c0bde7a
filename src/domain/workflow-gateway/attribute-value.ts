import { Buffer } from 'node:buffer';

/**
 * A value as DynamoDB gives it: an object with the type as its only key.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: Uint8Array;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly M?: Readonly<Record<string, AttributeValue>>;
  readonly L?: readonly AttributeValue[];
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly Uint8Array[];
}

/** DynamoDB nests no deeper than this. */
export const MAX_ATTRIBUTE_DEPTH = 32;

/**
 * The value as JSON. Numbers that a JSON number would change (DynamoDB keeps 38 digits) become texts, bytes base64, sets
 * arrays.
 */
export function toJson(value: AttributeValue): unknown {
  const { M, L, NS, BS, ...scalar } = value;
  if (M !== undefined) return toJsonObject(M);
  if (L !== undefined) return L.map(toJson);
  if (NS !== undefined) return NS.map(numberOf);
  return BS === undefined ? scalarOf(scalar) : BS.map(base64);
}

function scalarOf({ S, N, B, BOOL, SS }: AttributeValue): unknown {
  if (N !== undefined) return numberOf(N);
  if (B !== undefined) return base64(B);
  return S ?? BOOL ?? SS ?? null;
}

export function toJsonObject(values: Readonly<Record<string, AttributeValue>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toJson(value)]));
}

/** A number where it keeps every digit, otherwise its text. */
function numberOf(text: string): number | string {
  const number = Number(text);
  return canonical(text) === canonical(String(number)) ? number : text;
}

/** Sign, digits without zeros at their ends, and the power of ten they are to be multiplied by. */
function canonical(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/u.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/u, '');
  const significant = digits.replace(/0+$/u, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign === '-' ? '-' : ''}${significant}e${power}`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** JSON as DynamoDB takes it; numbers by their digits. @throws RangeError when it is nested too deep */
export function fromJson(value: unknown, depth = 0): AttributeValue {
  if (depth > MAX_ATTRIBUTE_DEPTH) throw new RangeError('nested too deep');
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map((item) => fromJson(item, depth + 1)) };
  if (typeof value !== 'object' || value === null) return { NULL: true };
  const fields = Object.entries(value).map(([name, field]) => [name, fromJson(field, depth + 1)] as const);
  return { M: Object.fromEntries(fields) };
}
