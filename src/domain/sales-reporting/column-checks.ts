import { allOf, type CellCheck } from './cell-checks/cell-check.js';
import { dateCheck } from './cell-checks/date-check.js';
import { type DateFormat, isReadByCopy, ISO_DATE } from './cell-checks/date-format.js';
import { decimalCheck } from './cell-checks/decimal-check.js';
import { textChecks } from './cell-checks/text-check.js';
import { wholeNumberCheck } from './cell-checks/whole-number-check.js';
import type { TableColumn } from './import-table.js';
import type { FieldRule } from './row-schema.js';

/** How the cells of one column of the file are judged. */
export interface ColumnCheck {
  readonly name: string;
  readonly isNullable: boolean;
  /** Of values that are not null; undefined when the database alone knows. */
  readonly check: CellCheck | undefined;
  /** The shape of dates that COPY would not read, or read wrongly: they are written anew as ISO's. */
  readonly rewrite?: DateFormat;
}

const BITS: Readonly<Record<string, { readonly type: string; readonly bits: 16 | 32 | 64 }>> = {
  int2: { type: 'smallint', bits: 16 },
  int4: { type: 'integer', bits: 32 },
  int8: { type: 'bigint', bits: 64 },
};
const MAGNITUDE: Readonly<Record<string, number>> = { float4: 3.402_823_4e38, float8: Number.MAX_VALUE };

/** Types of columns whose own check is at least as strict as that of the schema's type. */
const COVERED: Readonly<Record<Exclude<FieldRule['type'], 'str'>, ReadonlySet<string>>> = {
  int: new Set(Object.keys(BITS)),
  float: new Set([...Object.keys(BITS), ...Object.keys(MAGNITUDE), 'numeric']),
  date: new Set(['date']),
};

/** What the table demands, and what the schema file adds; without a rule the table alone. */
export function columnCheck(column: TableColumn, rule?: FieldRule): ColumnCheck {
  const isNullable = (rule?.isNullable ?? true) && column.isNullable;
  const format = rule?.format ?? ISO_DATE;
  const checks = [...liveChecks(column, rule, format), ...ruleChecks(column, rule, format)];
  const check = allOf([...checks, ...textChecks({ ...rule, ...lengthOf(column, rule) })]);
  const isRewritten = rule?.type === 'date' && !isReadByCopy(format);
  return { name: column.name, isNullable, check, ...(isRewritten && { rewrite: format }) };
}

/** By the type of the column; the schema's bounds are looked at in the same pass where they are of the same kind. */
function liveChecks(
  { type, precision, scale }: TableColumn,
  rule: FieldRule | undefined,
  format: DateFormat,
): CellCheck[] {
  const bounds = boundsOf(rule);
  const holds = BITS[type];
  if (holds !== undefined) return [wholeNumberCheck({ holds, ...bounds })];
  if (type === 'numeric') return [decimalCheck({ ...digitsOf(precision, scale), ...scaleOf(rule), ...bounds })];
  const magnitude = MAGNITUDE[type];
  if (magnitude !== undefined) return [decimalCheck({ magnitude, ...scaleOf(rule), ...bounds })];
  // What `03/04/2025` is would depend on the session: without a schema that tells, ISO's form alone is taken.
  if (type === 'date') return [dateCheck({ format, ...bounds })];
  return [];
}

/** By the type that the schema gives, where the column's own type does not say the same. */
function ruleChecks({ type }: TableColumn, rule: FieldRule | undefined, format: DateFormat): CellCheck[] {
  if (rule === undefined || rule.type === 'str' || COVERED[rule.type].has(type)) return [];
  const bounds = boundsOf(rule);
  if (rule.type === 'int') return [wholeNumberCheck(bounds)];
  return [rule.type === 'date' ? dateCheck({ format, ...bounds }) : decimalCheck({ ...scaleOf(rule), ...bounds })];
}

function boundsOf(rule: FieldRule | undefined): { min?: number; max?: number } {
  return {
    ...(rule?.min !== undefined && { min: rule.min }),
    ...(rule?.max !== undefined && { max: rule.max }),
  };
}

function scaleOf(rule: FieldRule | undefined): { maxScale?: number } {
  return rule?.scale === undefined ? {} : { maxScale: rule.scale };
}

function digitsOf(precision: number | undefined, scale: number | undefined): { precision?: number; scale?: number } {
  return precision === undefined ? {} : { precision, scale: scale ?? 0 };
}

/** The shorter of what the column holds and the schema allows. */
function lengthOf({ maxLength }: TableColumn, rule: FieldRule | undefined): { maxLength?: number } {
  const limits = [maxLength, rule?.maxLength].filter((limit) => limit !== undefined);
  return limits.length === 0 ? {} : { maxLength: Math.min(...limits) };
}
