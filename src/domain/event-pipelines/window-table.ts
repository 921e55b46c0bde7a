import { createHash } from 'node:crypto';
import type { Aggregation, DomainConfig } from './domain-config.js';

/** A deployed domain, and when it was deployed first. */
export interface FollowedDomain {
  readonly domain: DomainConfig;
  readonly createdAtMs: number;
}

/** One window of one group at some moment; see `WindowRow` of the port. */
export interface WindowState {
  readonly startMs: number;
  readonly endMs: number;
  readonly group: Readonly<Record<string, string | null>>;
  readonly value: string | null;
  readonly events: number;
  readonly changedAtMs: number;
}

/** The table of PostgreSQL that windows of an aggregation are upserted into. */
export interface WindowTable {
  readonly schema: string;
  /** `{domain}_{aggregation}`. */
  readonly table: string;
  /** Stands in the table's comment, so that nobody else's table is taken for it. */
  readonly owner: string;
  /** The fields of `groupBy` and their columns, in order. */
  readonly groupColumns: readonly { readonly field: string; readonly column: string }[];
}

/** Columns of every such table, besides those of its groups. */
export const WINDOW_COLUMNS = ['window_start', 'window_end', 'group_key', 'value', 'events', 'changed_at'] as const;

/** Of PostgreSQL, in bytes. */
const LONGEST_NAME = 63;
const SUFFIX_LENGTH = 9;

/** @returns undefined for a domain that has no windows in PostgreSQL */
export function windowTableOf(domain: DomainConfig, aggregation: Aggregation): WindowTable | undefined {
  if (domain.postgres === undefined) return undefined;
  const owner = `${domain.name}/${aggregation.name}`;
  return {
    schema: domain.postgres.schema,
    table: withinName(`${domain.name}_${aggregation.name}`, owner),
    owner,
    groupColumns: groupColumns(aggregation.groupBy),
  };
}

/** A field with the name of one of our columns stands in `group_{field}`. */
function groupColumns(fields: readonly string[]): WindowTable['groupColumns'] {
  const taken = new Set<string>(WINDOW_COLUMNS);
  return fields.map((field) => {
    let column = withinName(field, field);
    while (taken.has(column)) column = withinName(`group_${column}`, field);
    taken.add(column);
    return { field, column };
  });
}

/** A name that PostgreSQL would cut off ends in a part of the hash of what it is the name of. */
function withinName(name: string, of: string): string {
  if (new TextEncoder().encode(name).length <= LONGEST_NAME) return name;
  const bytes = new TextEncoder().encode(name).slice(0, LONGEST_NAME - SUFFIX_LENGTH);
  // A character that was cut in the middle is left out.
  const start = new TextDecoder().decode(bytes).replaceAll('\uFFFD', '');
  return `${start}_${hashOf(of).slice(0, SUFFIX_LENGTH - 1)}`;
}

/** The group of a window as one text that fits an index, whatever its values are. */
export function groupKeyOf({ groupBy }: Aggregation, group: WindowState['group']): string {
  return hashOf(JSON.stringify(groupBy.map((field) => group[field] ?? null))).slice(0, 32);
}

/**
 * Changes when windows have to be written anew: with what is computed, with where they are written, and with a domain that
 * was removed and deployed again, whose windows may be others.
 */
export function followFingerprint({ domain, createdAtMs }: FollowedDomain, aggregation: Aggregation): string {
  const { eventType, kind, field, window, groupBy, filter, allowedLatenessMs } = aggregation;
  const conditions = filter.map(({ field: of, comparison, value }) => [of, comparison, value]);
  const computed = [eventType, kind, field ?? null, window.durationMs, window.slideMs, groupBy, conditions];
  const place = [domain.warehouse.database, domain.postgres?.schema ?? null];
  return hashOf(JSON.stringify([1, computed, allowedLatenessMs, place, createdAtMs])).slice(0, 32);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
