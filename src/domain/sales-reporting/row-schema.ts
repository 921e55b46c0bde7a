import { type DateFormat, dateFormat, DATE_FORMATS, isoDateNumber, ISO_DATE } from './cell-checks/date-format.js';
import { safePattern } from './cell-checks/safe-pattern.js';
import type { TextBounds } from './cell-checks/text-check.js';

/** The types of the schema file. */
export const FIELD_TYPES = ['int', 'float', 'date', 'str'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** What the schema file says about a column, beyond what the table itself says. */
export interface FieldRule extends TextBounds {
  readonly name: string;
  readonly type: FieldType;
  /** Left out: as the table has it. */
  readonly isNullable?: boolean;
  /** Numbers; for dates as `20250131`. Both belong to what is allowed. */
  readonly min?: number;
  readonly max?: number;
  /** Digits after the point, for `float`. */
  readonly scale?: number;
  /** For `date`. */
  readonly format?: DateFormat;
}

/** A node of a YAML document: one of a value, a mapping or a list, and the line it begins on. */
export interface DocumentNode {
  readonly line: number;
  readonly value?: string | number | boolean | null;
  readonly entries?: readonly { readonly key: string; readonly line: number; readonly node: DocumentNode }[];
  readonly items?: readonly DocumentNode[];
}

/** Something wrong in a schema file. */
export interface SchemaFault {
  /** `columns` by dots: `unit_price.min`. */
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

const MAX_COLUMNS = 1600;
const MAX_ENUM = 10_000;

type Scalar = string | number | boolean | null;
type Found = Partial<Record<string, { readonly line: number; readonly node: DocumentNode }>>;

/** Options of a column, and the types that have them. */
const OPTIONS: Readonly<Record<string, readonly FieldType[]>> = {
  type: FIELD_TYPES,
  nullable: FIELD_TYPES,
  min: ['int', 'float', 'date'],
  max: ['int', 'float', 'date'],
  scale: ['float'],
  format: ['date'],
  pattern: FIELD_TYPES,
  enum: FIELD_TYPES,
  min_length: ['str'],
  max_length: ['str'],
};

/** Reads `column: int|float|date|str`, or a mapping with `type` and constraints; every fault at once. */
export function rowSchema(document: DocumentNode): { fields: FieldRule[]; faults: SchemaFault[] } {
  return new SchemaReader().read(document);
}

class SchemaReader {
  private readonly faults: SchemaFault[] = [];

  read({ entries, line }: DocumentNode): { fields: FieldRule[]; faults: SchemaFault[] } {
    if (entries === undefined || entries.length === 0 || entries.length > MAX_COLUMNS) {
      this.fault('', line, `must be a mapping of 1 to ${MAX_COLUMNS} columns to their types`);
      return { fields: [], faults: this.faults };
    }
    const fields = entries.flatMap(({ key, node }) => this.field(key, node) ?? []);
    return { fields, faults: this.faults };
  }

  private field(name: string, node: DocumentNode): FieldRule | undefined {
    if (node.entries === undefined) {
      const type = this.type(name, node);
      return type === undefined ? undefined : { name, type };
    }
    const found: Found = Object.fromEntries(
      node.entries.map(({ key, line, node: value }) => [key, { line, node: value }]),
    );
    if (found['type'] === undefined) return this.fault(name, node.line, 'has no type');
    const type = this.type(`${name}.type`, found['type'].node);
    if (type === undefined) return undefined;
    for (const { key, line } of node.entries) this.checkOption(`${name}.${key}`, line, OPTIONS[key], type);
    return { name, type, ...this.shared(name, found), ...this.bounds(name, type, found), ...this.text(name, found) };
  }

  private type(path: string, { value, line }: DocumentNode): FieldType | undefined {
    const type = FIELD_TYPES.find((known) => known === value);
    return type ?? this.fault(path, line, `must be one of ${FIELD_TYPES.join(', ')}`);
  }

  private checkOption(path: string, line: number, types: readonly FieldType[] | undefined, type: FieldType): void {
    if (types === undefined) this.fault(path, line, `is not known; there are ${Object.keys(OPTIONS).join(', ')}`);
    else if (!types.includes(type)) this.fault(path, line, `does not go with the type ${type}`);
  }

  private shared(name: string, found: Found): Partial<FieldRule> {
    const isNullable = this.option(name, found, 'nullable', [isBoolean, 'must be true or false']);
    const scale = this.option(name, found, 'scale', [isCount, 'must be a whole number from 0']);
    const formatName = this.option(name, found, 'format', [isFormat, `must be one of ${DATE_FORMATS.join(', ')}`]);
    return {
      ...(isNullable !== undefined && { isNullable }),
      ...(scale !== undefined && { scale }),
      ...(formatName !== undefined && { format: dateFormat(formatName) }),
    };
  }

  private bounds(name: string, type: FieldType, found: Found): Partial<FieldRule> {
    const read = (key: 'min' | 'max'): number | undefined => {
      if (type !== 'date') return this.option(name, found, key, [isNumber, 'must be a number']);
      const day = this.option(name, found, key, [isDay, `must be a date of the form ${ISO_DATE.name}`]);
      return day === undefined ? undefined : isoDateNumber(day);
    };
    const [min, max] = [read('min'), read('max')];
    if (min !== undefined && max !== undefined && min > max)
      this.fault(`${name}.max`, found['max']?.line ?? 0, 'is less than min');
    return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
  }

  private text(name: string, found: Found): TextBounds {
    const minLength = this.option(name, found, 'min_length', [isCount, 'must be a whole number from 0']);
    const maxLength = this.option(name, found, 'max_length', [isCount, 'must be a whole number from 0']);
    const words = this.words(`${name}.enum`, found['enum']);
    const pattern = this.pattern(name, found);
    return {
      ...(minLength !== undefined && { minLength }),
      ...(maxLength !== undefined && { maxLength }),
      ...(words !== undefined && { enum: words }),
      ...(pattern !== undefined && { pattern }),
    };
  }

  private pattern(name: string, found: Found): RegExp | undefined {
    const source = this.option(name, found, 'pattern', [isText, 'must be a text']);
    const pattern = source === undefined ? undefined : safePattern(source);
    if (typeof pattern !== 'string') return pattern;
    return this.fault(`${name}.pattern`, found['pattern']?.line ?? 0, pattern);
  }

  private words(path: string, found: Found[string]): string[] | undefined {
    if (found === undefined) return undefined;
    const values = found.node.items?.map(({ value }) => value);
    if (values === undefined || values.length === 0 || values.length > MAX_ENUM || !values.every(isWord))
      return this.fault(path, found.line, `must be a list of 1 to ${MAX_ENUM} texts or numbers`);
    return values.map(String);
  }

  private option<T extends Scalar>(
    name: string,
    found: Found,
    key: string,
    [isRight, message]: readonly [(value: Scalar | undefined) => value is T, string],
  ): T | undefined {
    const option = found[key];
    if (option === undefined || isRight(option.node.value)) return option?.node.value as T | undefined;
    return this.fault(`${name}.${key}`, option.line, message);
  }

  private fault(path: string, line: number, message: string): undefined {
    this.faults.push({ path, line, message });
    return undefined;
  }
}

type Shown = Scalar | undefined;
const isBoolean = (value: Shown): value is boolean => typeof value === 'boolean';
const isNumber = (value: Shown): value is number => typeof value === 'number' && Number.isFinite(value);
const isCount = (value: Shown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: Shown): value is string => typeof value === 'string';
const isDay = (value: Shown): value is string => typeof value === 'string' && isoDateNumber(value) > 0;
const isFormat = (value: Shown): value is string => typeof value === 'string' && DATE_FORMATS.includes(value);
const isWord = (value: Shown): value is string | number => typeof value === 'string' || isNumber(value);
