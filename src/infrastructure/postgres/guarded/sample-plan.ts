import type { SampleMethod } from '../../../domain/ports/warehouse-catalog.port.js';

/** A table to be sampled, in words that stand in SQL as they are: PostgreSQL itself has quoted them. */
export interface SampledTable {
  readonly place: number;
  readonly name: string;
  readonly columns: string;
  /** Of its data; undefined where only the first rows can be had: a view, or a table of another server. */
  readonly pages: number | undefined;
}

export interface SampleStep {
  readonly table: SampledTable;
  readonly method: SampleMethod;
  readonly sql: string;
  /** Of all pages; 100 means that nothing is left to look at. */
  readonly percent: number;
}

/** Up to 2 MB every row is a candidate: reading them costs less than guessing. */
const SMALL_PAGES = 256;
/** Rows of one page were mostly loaded together, so a sample is taken from many pages. */
const LEAST_PAGES = 32;
const TOP_UP_FACTOR = 16;

export function firstStep(table: SampledTable, limit: number, seed: number): SampleStep {
  const { pages } = table;
  if (pages === undefined) return { table, method: 'first', sql: `${select(table)} LIMIT ${limit}`, percent: 100 };
  if (pages <= SMALL_PAGES) return { table, method: 'all', sql: chosen(table, '', limit, seed), percent: 100 };
  const wanted = Math.max(LEAST_PAGES, 2 * limit);
  return ofPages(table, { limit, seed, percent: (100 * wanted) / pages });
}

/** More of the same table, after pages that had too few rows; undefined: there are no more. */
export function topUp({ table, percent }: SampleStep, limit: number, seed: number): SampleStep | undefined {
  return percent >= 100 ? undefined : ofPages(table, { limit, seed, percent: percent * TOP_UP_FACTOR });
}

function ofPages(
  table: SampledTable,
  { limit, seed, percent }: { limit: number; seed: number; percent: number },
): SampleStep {
  if (percent >= 100) return { table, method: 'all', sql: chosen(table, '', limit, seed), percent: 100 };
  const sample = ` TABLESAMPLE SYSTEM (${percent.toFixed(9)}) REPEATABLE (${seed})`;
  return { table, method: 'pages', sql: chosen(table, sample, limit, seed), percent };
}

/**
 * The rows whose place hashes lowest: as good as random, the same for the same seed. The server keeps no more than
 * `limit` of them at a time, so nothing is sorted but these.
 */
function chosen(table: SampledTable, sample: string, limit: number, seed: number): string {
  const place = `pg_catalog.hashtextextended(t.tableoid::text || t.ctid::text, ${seed})`;
  return `${select(table)}${sample} ORDER BY ${place} LIMIT ${limit}`;
}

function select({ name, columns }: SampledTable): string {
  return `SELECT ${columns} FROM ${name} AS t`;
}
