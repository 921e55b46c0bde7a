import { Buffer } from 'node:buffer';
import { type Fault, PenstockError } from '../../domain/errors.js';
import type { DwhColumn, DwhTable } from '../../domain/warehouse-loading/dwh-tables.js';
import type { OnConflict } from '../../domain/warehouse-loading/on-conflict.js';
import { MAX_ROW_FAULTS, type RowChunk, type RowPlace } from '../../domain/warehouse-loading/row-chunks.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { keysQuery } from './dwh-queries.js';

/** Keys asked for at once. */
const KEYS_AT_ONCE = 1000;
/** What the query has besides its keys, which may double by quoting. */
const QUERY_BYTES = 10_000;

/** What becomes of each row of a chunk: the id it is written with, or null where it is left out. */
export type Outcome = number | null;

/** Finds the rows of a load whose keys are there already; remembers the keys of the load itself. */
export class KeyLookup {
  private readonly keyIndex: number;
  private readonly seen = new Map<string, { readonly index: number; readonly id: number }>();
  /** Rows of a load that is repeated whose keys others have now. */
  private readonly taken: Fault[] = [];

  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly key: DwhColumn,
    private readonly load: { readonly table: DwhTable; readonly onConflict: OnConflict; readonly place: RowPlace },
    private readonly timeoutMs: number,
  ) {
    this.keyIndex = load.table.columns.indexOf(key);
  }

  /** @throws PenstockError `rows.conflict` where a conflict is an error */
  async outcomes(chunk: RowChunk, ids: readonly number[]): Promise<Outcome[]> {
    const keys = this.keysOf(chunk);
    const there = await this.there(keys);
    const faults: Fault[] = [];
    const outcomes = keys.map((key, at): Outcome => {
      const index = chunk.first + at;
      const id = ids[at] ?? 0;
      const known = there.get(key) ?? this.seen.get(key)?.id;
      if (known !== undefined && this.load.onConflict === 'error') faults.push(this.fault(key, index));
      if (known === undefined) this.seen.set(key, { index, id });
      if (known === undefined) return id;
      return this.load.onConflict === 'ignore' ? null : known;
    });
    if (faults.length > 0) {
      throw new PenstockError('rows.conflict', 'Keys of rows are there already; nothing was written.', {
        faults: faults.slice(0, MAX_ROW_FAULTS),
      });
    }
    return outcomes;
  }

  /**
   * Of rows that have ids from a load whose end is not known. Whether they were stored or not, the row that others have
   * stored under a key meanwhile is theirs.
   */
  async outcomesAgain(chunk: RowChunk, ids: readonly Outcome[]): Promise<Outcome[]> {
    const keys = this.keysOf(chunk);
    const there = await this.there(keys);
    return ids.map((id, at): Outcome => {
      const key = keys[at] ?? '';
      const known = there.get(key);
      if (id === null || known === undefined || known === id) return id;
      if (this.load.onConflict === 'ignore') return null;
      if (this.load.onConflict === 'error' && this.taken.length < MAX_ROW_FAULTS) {
        this.taken.push(this.fault(key, chunk.first + at));
      }
      return known;
    });
  }

  /** @throws PenstockError `rows.conflict` where a load that is repeated met rows of others */
  check(): void {
    if (this.taken.length === 0) return;
    const message =
      'Others have loaded keys of rows since this load was begun; theirs are kept. Load the rest under a new key.';
    throw new PenstockError('rows.conflict', message, { faults: this.taken });
  }

  private keysOf({ rows }: RowChunk): string[] {
    return rows.map((row) => row[this.keyIndex] ?? '');
  }

  private fault(key: string, index: number): Fault {
    const { place } = this.load;
    const first = this.seen.get(key)?.index;
    const message =
      first === undefined ? 'is the key of a row that is in the table' : `is the key of ${place(first)} too`;
    return { path: `${place(index)}.${this.key.name}`, message };
  }

  private async there(keys: readonly string[]): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    const client = await this.connection.client();
    for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
      const query = keysQuery(this.load.table, this.key, keys.slice(from, from + KEYS_AT_ONCE));
      const answer = await client.query({
        query,
        format: 'JSONEachRow',
        clickhouse_settings: { max_query_size: String(Buffer.byteLength(query) + QUERY_BYTES) },
        abort_signal: AbortSignal.timeout(this.timeoutMs),
      });
      for (const { key, id } of await answer.json<{ key: string; id: string | number }>()) found.set(key, Number(id));
    }
    return found;
  }
}
