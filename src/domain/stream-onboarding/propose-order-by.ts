import type { InferredColumn } from './inferred-schema.js';
import { canBeSortKey } from './column-type.js';

/** Fewer events than this prove nothing about the next ones. */
export const MIN_EVENTS_FOR_SORT_KEY = 20;
const MAX_GROUP_KEYS = 2;
/** A value that groups events repeats in the sample, at least this often on average. */
const MIN_REPEATS = 4;
const MAX_GROUPS = 50;
const TIME_NAME = /(^|_)(time|timestamp|ts|date|datetime|at)$|(time|timestamp|date|At|Time)$/u;

/**
 * A sort key for columns that were there, and not null, in every one of enough events: first what groups the events, the
 * coarsest first, then their time. Nothing fits: no key, which is `ORDER BY tuple()`.
 */
export function proposeOrderBy(columns: readonly InferredColumn[]): string[] {
  const always = columns.filter(isAlwaysThere);
  const time = always.find(({ type }) => isTimeType(type)) ?? always.find(isTimeNumber);
  const groups = always
    .filter((column) => column !== time && isGroup(column))
    .sort((a, b) => (a.evidence.distinct ?? 0) - (b.evidence.distinct ?? 0))
    .slice(0, MAX_GROUP_KEYS);
  return [...groups, ...(time ? [time] : [])].map(({ name }) => name);
}

function isAlwaysThere({ type, evidence }: InferredColumn): boolean {
  const enough = evidence.seen >= MIN_EVENTS_FOR_SORT_KEY;
  return enough && evidence.null === 0 && evidence.missing === 0 && canBeSortKey(withoutNullable(type));
}

/** `Nullable(X)` as `X`; other types stay. */
export function withoutNullable(type: string): string {
  return /^Nullable\((.*)\)$/u.exec(type)?.[1] ?? type;
}

function isTimeType(type: string): boolean {
  return withoutNullable(type).startsWith('Date');
}

function isTimeNumber({ name, type }: InferredColumn): boolean {
  return withoutNullable(type) === 'Int64' && TIME_NAME.test(name);
}

function isGroup({ type, evidence }: InferredColumn): boolean {
  const { distinct, seen } = evidence;
  if (!['String', 'Bool', 'Int64'].includes(withoutNullable(type))) return false;
  return distinct !== undefined && distinct >= 2 && distinct <= MAX_GROUPS && distinct * MIN_REPEATS <= seen;
}
