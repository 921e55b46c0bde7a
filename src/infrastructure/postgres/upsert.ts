import type { DwhTable } from '../../domain/warehouse-loading/dwh-tables.js';
import type { RowChunk } from '../../domain/warehouse-loading/row-chunks.js';

/** What the statement says of a row it wrote; `key` as text. */
export interface WrittenRow {
  readonly id: string;
  readonly key: string;
}

type Id = number | null;

/** A chunk that is written by one statement, which finds what is there already. */
export class Upsert {
  private readonly keys: readonly string[];

  constructor(
    private readonly table: DwhTable,
    private readonly chunk: RowChunk,
    private readonly onConflict: 'ignore' | 'update',
  ) {
    const { key = '' } = table;
    const keyIndex = table.columns.findIndex(({ name }) => name === key);
    this.keys = chunk.rows.map((row) => row[keyIndex] ?? '');
  }

  /** Of the statement: ids, then the texts of each column. */
  values(ids: readonly Id[]): unknown[] {
    const sent = this.sent();
    const columns = this.table.columns.map((_column, at) => sent.map((index) => this.chunk.rows[index]?.[at] ?? null));
    return [sent.map((index) => ids[index]), ...columns];
  }

  /** The ids the rows have now: null for those ignored, that of the row that was there for those updated. */
  idsAfter(ids: readonly Id[], rows: readonly WrittenRow[]): Id[] {
    if (this.onConflict === 'update') {
      const kept = new Map(rows.map(({ key, id }) => [key, Number(id)]));
      return this.keys.map((key) => kept.get(key) ?? null);
    }
    const written = new Set<Id>(rows.map(({ id }) => Number(id)));
    return ids.map((id) => (written.has(id) ? id : null));
  }

  /** No statement updates a row twice: of each key, the last one is the one that stays. */
  private sent(): number[] {
    const all = this.keys.map((_key, index) => index);
    if (this.onConflict === 'ignore') return all;
    const lasts = new Map(this.keys.map((key, index) => [key, index]));
    return all.filter((index) => lasts.get(this.keys[index] ?? '') === index);
  }
}
