import type { Column } from '../shared/column.js';
import type { Frame } from './frame-record.js';
import { GuardedNames } from './guarded-names.js';
import { COLON, QUOTE, SPACE } from './json-bytes.js';
import { nameOf, skipSpace } from './row-fields.js';
import type { TopStrings } from './top-strings.js';
import { fieldsCheck } from './value-checks/containers.js';
import { typeCheck } from './value-checks/type-check.js';
import type { ValueCheck } from './value-checks/value-check.js';

/** A value that its column would not keep as it is; the reason names the type and the kind, never the value. */
export interface UnfitValue {
  readonly column: string;
  readonly reason: string;
}

/** @param strings what `frameRecord` noted of the same record */
export type ValueGuard = (data: Uint8Array, frame: Frame, strings: TopStrings) => UnfitValue | undefined;

/**
 * Finds the values that ClickHouse would take and change: integers that wrap, days that do not exist, digits that are cut
 * off. What ClickHouse refuses by itself is left to it.
 *
 * @returns undefined when no column of the table can change a value
 */
export function valueGuard(columns: readonly Column[]): ValueGuard | undefined {
  const checks = columnChecks(columns);
  if (checks.size === 0) return undefined;
  const names = new GuardedNames(checks);
  return (data, frame, strings) => {
    return strings.isFull ? unfitAmongMany(data, frame, checks) : firstUnfit(data, strings, names);
  };
}

function firstUnfit(data: Uint8Array, strings: TopStrings, names: GuardedNames): UnfitValue | undefined {
  const { count, escaped } = strings;
  for (let index = 0; index < count; index++) {
    const close = strings.closingQuote(index);
    const colon = nextToken(data, close + 1);
    // No JSON: ClickHouse refuses the record.
    if (data[colon] !== COLON) return undefined;
    const value = nextToken(data, colon + 1);
    const open = strings.openingQuote(index);
    const reason = names.checkOf(data, open, close, escaped)?.(data, value);
    if (reason !== undefined) return { column: nameOf(data, open, close + 1) ?? '', reason };
    if (data[value] === QUOTE) index += 1;
  }
  return undefined;
}

/** Mostly there is no space to skip. */
function nextToken(data: Uint8Array, at: number): number {
  return (data[at] ?? 0) > SPACE ? at : skipSpace(data, at);
}

/** Slower, for records with more strings than are noted. */
function unfitAmongMany(
  data: Uint8Array,
  frame: Frame,
  checks: ReadonlyMap<string, ValueCheck>,
): UnfitValue | undefined {
  let column = '';
  const reason = fieldsCheck((name) => checks.get((column = name)))(data, frame.start);
  return reason === undefined ? undefined : { column, reason };
}

/** Checks by the names of the columns that need one. */
function columnChecks(columns: readonly Column[]): ReadonlyMap<string, ValueCheck> {
  return new Map(
    columns.flatMap(({ name, type }) => {
      const check = typeCheck(type);
      return check === undefined ? [] : [[name, check] as const];
    }),
  );
}
