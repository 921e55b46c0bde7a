import { type Fault, PenstockError } from '../../../domain/errors.js';
import { ON_CONFLICT, type OnConflict } from '../../../domain/warehouse-loading/on-conflict.js';
import type { SelectRows } from '../../../domain/warehouse-loading/row-selection.js';
import { WAREHOUSE_ENGINES, type WarehouseEngine } from '../../../domain/warehouse-loading/warehouse-engine.js';

/** A query string as Fastify parses it: a parameter that stands twice is an array. */
export type RawQuery = Readonly<Record<string, unknown>>;

export interface RowsRequest {
  readonly engine: WarehouseEngine;
  readonly selection: SelectRows;
  readonly limit: number | undefined;
  /** Whether rows have the column that the service fills. */
  readonly withId: boolean;
}

export interface LoadRequest {
  readonly engine: WarehouseEngine;
  readonly onConflict: OnConflict;
}

/** What a filter cannot be named after; no column is. */
const OWN = new Set(['pk', 'limit', 'sort_by', 'sort_dir', 'cursor', 'engine', 'with_id']);
const MAX_TEXT = 10_000;

/** What is no parameter of the route filters by the column of that name. @throws PenstockError `request.invalid` */
export function rowsRequest(raw: RawQuery, maxLimit: number): RowsRequest {
  const reader = new QueryReader(raw);
  const filters = Object.keys(raw).filter((name) => !OWN.has(name));
  const [pk, sortBy, sortDir, cursor] = ['pk', 'sort_by', 'sort_dir', 'cursor'].map((name) => reader.text(name));
  const request = {
    engine: reader.word('engine', WAREHOUSE_ENGINES),
    limit: reader.whole('limit', maxLimit),
    withId: reader.word('with_id', ['true', 'false']) === 'true',
    selection: {
      filters: Object.fromEntries(filters.map((name) => [name, reader.text(name) ?? ''])),
      ...(pk !== undefined && { pk }),
      ...(sortBy !== undefined && { sortBy }),
      ...(sortDir !== undefined && { sortDir }),
      ...(cursor !== undefined && { cursor }),
    },
  };
  reader.end();
  return request;
}

/** @throws PenstockError `request.invalid` */
export function loadRequest(raw: RawQuery): LoadRequest {
  const reader = new QueryReader(raw);
  const request = {
    engine: reader.word('engine', WAREHOUSE_ENGINES),
    onConflict: reader.word('on_conflict', ON_CONFLICT),
  };
  reader.unknown(new Set(['engine', 'on_conflict']));
  reader.end();
  return request;
}

class QueryReader {
  private readonly faults: Fault[] = [];

  constructor(private readonly raw: RawQuery) {}

  text(name: string): string | undefined {
    const value = this.raw[name];
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.length <= MAX_TEXT) return value;
    return this.blame(name, `must stand there once, with ${MAX_TEXT} characters at most`);
  }

  /** The first word where there is none. */
  word<T extends string>(name: string, words: readonly [T, ...T[]]): T {
    const text = this.text(name);
    const word = text === undefined ? words[0] : words.find((known) => known === text);
    if (word === undefined) this.blame(name, `must be one of ${words.join(', ')}`);
    return word ?? words[0];
  }

  whole(name: string, max: number): number | undefined {
    const text = this.text(name);
    const number = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (text === undefined || (number >= 1 && number <= max)) return text === undefined ? undefined : number;
    return this.blame(name, `must be a whole number from 1 to ${max}`);
  }

  unknown(known: ReadonlySet<string>): void {
    for (const name of Object.keys(this.raw)) if (!known.has(name)) this.blame(name.slice(0, 100), 'is not known');
  }

  end(): void {
    const { faults } = this;
    if (faults.length > 0) {
      throw new PenstockError('request.invalid', 'The request does not have the right shape.', { faults });
    }
  }

  private blame(path: string, message: string): undefined {
    this.faults.push({ path, message });
  }
}
