import { AwsError } from './aws-error.js';
import type { AwsJsonInput } from './aws-json-endpoint.js';

/** How one member of a request is read. A fault goes into `faults`; then the value does not matter any more. */
export interface Field<T> {
  readonly required: boolean;
  read(value: unknown, path: string, faults: string[]): T;
}

type Optional<T> = Field<T> & { readonly required: false };
type Required<T> = Field<T> & { readonly required: true };
export type Fields = Readonly<Record<string, Field<unknown>>>;
export type Values<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Required<infer T> ? T : F[K] extends Field<infer T> ? T | undefined : never;
};

/**
 * Reads the members of a request, all at once, and refuses them in the words of AWS.
 *
 * @throws AwsError `ValidationException`, or `SerializationException` for a value of another type
 */
export function readFields<F extends Fields>(input: AwsJsonInput, fields: F): Values<F> {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = input[name];
    const path = name.charAt(0).toLowerCase() + name.slice(1);
    if (value !== undefined && value !== null) values[name] = field.read(value, path, faults);
    else if (field.required)
      faults.push(`Value null at '${path}' failed to satisfy constraint: Member must not be null`);
  }
  if (faults.length > 0) throw validationError(faults);
  return values as Values<F>; // every name was read by its own field
}

export function validationError(faults: readonly string[]): AwsError {
  const count = faults.length === 1 ? '1 validation error' : `${faults.length} validation errors`;
  return new AwsError('ValidationException', `${count} detected: ${faults.join('; ')}`);
}

export function required<T>(field: Optional<T>): Required<T> {
  return { ...field, required: true };
}

export interface TextRule {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  readonly oneOf?: readonly string[];
}

export function text<const T extends string = string>(
  rule: TextRule & { readonly oneOf?: readonly T[] } = {},
): Optional<T> {
  return {
    required: false,
    read: (value, path, faults) => {
      if (typeof value !== 'string') throw wrongType(path, 'a string');
      for (const must of textFaults(value, rule)) faults.push(constraint(value, path, must));
      return value as T; // one of the listed texts, or there is a fault
    },
  };
}

function* textFaults(value: string, { min = 0, max = Infinity, pattern, oneOf }: TextRule): Generator<string> {
  if (value.length < min) yield `Member must have length greater than or equal to ${min}`;
  if (value.length > max) yield `Member must have length less than or equal to ${max}`;
  if (pattern && !pattern.test(value)) {
    yield `Member must satisfy regular expression pattern: ${pattern.source.replaceAll(/^\^|\$$/g, '')}`;
  }
  if (oneOf && !oneOf.includes(value)) yield `Member must satisfy enum value set: [${oneOf.join(', ')}]`;
}

export function integer(min: number, max: number): Optional<number> {
  return {
    required: false,
    read: (value, path, faults) => {
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(path, 'an integer');
      if (value < min) faults.push(constraint(value, path, `Member must have value greater than or equal to ${min}`));
      if (value > max) faults.push(constraint(value, path, `Member must have value less than or equal to ${max}`));
      return value;
    },
  };
}

export function flag(): Optional<boolean> {
  return {
    required: false,
    read: (value, path) => {
      if (typeof value !== 'boolean') throw wrongType(path, 'a boolean');
      return value;
    },
  };
}

/** Seconds since the epoch on the wire, milliseconds inside. */
export function timestampMs(): Optional<number> {
  return {
    required: false,
    read: (value, path) => {
      const ms = typeof value === 'string' ? Date.parse(value) : Number(value) * 1000;
      if (!Number.isFinite(ms)) throw wrongType(path, 'a timestamp');
      return Math.round(ms);
    },
  };
}

export function list<T>(item: Field<T>, min: number, max: number): Optional<T[]> {
  return {
    required: false,
    read: (value, path, faults) => {
      if (!Array.isArray(value)) throw wrongType(path, 'a list');
      faults.push(...sizeFaults(value.length, path, min, max));
      return value.map((member: unknown, at) => item.read(member, `${path}.${at + 1}.member`, faults));
    },
  };
}

export function dictionary(
  min: number,
  max: number,
  key: Field<string>,
  of: Field<string>,
): Optional<Record<string, string>> {
  return {
    required: false,
    read: (value, path, faults) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(path, 'a map');
      const entries = Object.entries(value);
      faults.push(...sizeFaults(entries.length, path, min, max));
      // JSON's own __proto__ must stay a name.
      return Object.fromEntries(
        entries.map(([name, member]) => [
          key.read(name, `${path}.key`, faults),
          of.read(member, `${path}.value`, faults),
        ]),
      );
    },
  };
}

export function structure<F extends Fields>(fields: F): Optional<Values<F>> {
  return {
    required: false,
    read: (value, path) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(path, 'a structure');
      return readFields(value as AwsJsonInput, fields); // an object without further promise
    },
  };
}

function sizeFaults(size: number, path: string, min: number, max: number): string[] {
  const faults: string[] = [];
  const refuse = (must: string): void => {
    faults.push(`Value at '${path}' failed to satisfy constraint: Member must have length ${must}`);
  };
  if (size < min) refuse(`greater than or equal to ${min}`);
  if (size > max) refuse(`less than or equal to ${max}`);
  return faults;
}

function constraint(value: string | number, path: string, must: string): string {
  return `Value '${value}' at '${path}' failed to satisfy constraint: ${must}`;
}

function wrongType(path: string, expected: string): AwsError {
  return new AwsError('SerializationException', `The value at '${path}' is not ${expected}.`);
}
