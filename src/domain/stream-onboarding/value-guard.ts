import type { Column } from '../shared/column.js';
import type { Frame } from './frame-record.js';
import { GuardedNames } from './guarded-names.js';
import { SPACE } from './json-bytes.js';
import { nameOf, skipSpace } from './row-fields.js';
import type { TopNames } from './top-names.js';
import { fieldsCheck } from './value-checks/containers.js';
import { typeCheck } from './value-checks/type-check.js';
import type { ValueCheck } from './value-checks/value-check.js';

/** A value that its column would not keep as it is; the reason names the type and the kind, never the value. */
export interface UnfitValue {
  readonly column: string;
  readonly reason: string;
}

/** @param names what `frameRecord` noted of the same record */
export type ValueGuard = (data: Uint8Array, frame: Frame, names: TopNames) => UnfitValue | undefined;

/**
 * Finds the values that ClickHouse would take and change: integers that wrap, days that do not exist, digits that are cut
 * off. What ClickHouse refuses by itself is left to it.
 *
 * @returns undefined when no column of the table can change a value
 */
export function valueGuard(columns: readonly Column[]): ValueGuard | undefined {
  const checks = columnChecks(columns);
  if (checks.size === 0) return undefined;
  const guarded = new GuardedNames(checks);
  return (data, frame, names) =>
    names.isFull ? unfitAmongMany(data, frame, checks) : firstUnfit(data, names, guarded);
}

function firstUnfit(data: Uint8Array, names: TopNames, guarded: GuardedNames): UnfitValue | undefined {
  const { count, escaped } = names;
  for (let index = 0; index < count; index++) {
    const open = names.openingQuote(index);
    const close = names.closingQuote(index);
    const check = guarded.checkOf(data, open, close, escaped);
    if (check === undefined) continue;
    const reason = check(data, nextToken(data, names.colon(index) + 1));
    if (reason !== undefined) return { column: nameOf(data, open, close + 1) ?? '', reason };
  }
  return undefined;
}

/** Mostly there is no space to skip. */
function nextToken(data: Uint8Array, at: number): number {
  return (data[at] ?? 0) > SPACE ? at : skipSpace(data, at);
}

/** Slower, for records with more fields than are noted. */
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
