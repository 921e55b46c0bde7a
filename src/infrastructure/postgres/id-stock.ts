import type { PoolClient } from 'pg';
import type { DwhTable } from '../../domain/warehouse-loading/dwh-tables.js';
import { type IdRun, IdRuns } from '../../domain/warehouse-loading/id-runs.js';
import { takeIdsStatement } from './dwh-statements.js';

interface TakenRow {
  readonly first: string;
  readonly ids: readonly string[] | null;
}

/** Ids of the table's sequence that nobody else gets, in rising order. `prefix`: statements that are run before. */
export async function takeIds(
  client: Pick<PoolClient, 'query'>,
  table: DwhTable,
  rows: number,
  prefix = '',
): Promise<readonly IdRun[]> {
  const answer = await client.query<TakenRow>(prefix + takeIdsStatement(table, rows));
  const last = [answer].flat().at(-1); // of several statements, the driver answers a list
  const [taken] = last?.rows ?? [];
  if (taken === undefined) return [];
  if (taken.ids === null) return [[Number(taken.first), rows]];
  const runs = new IdRuns(Number.POSITIVE_INFINITY);
  for (const id of taken.ids) runs.add(Number(id), 1);
  return runs.list ?? [];
}

/** Chunks whose ids are taken at once at most; what is left over at the end of a load are gaps, as sequences have them. */
const MAX_CHUNKS_AHEAD = 16;

/**
 * The ids of a load: of all rows that are known to come, and where none are, twice as many each time. Short loads leave no
 * gaps, and long ones do not wait for each chunk.
 */
export class IdStock {
  private runs: IdRun[] = [];
  private rows = 0;
  private chunksAhead = 1;

  constructor(private readonly fetch: (rows: number) => Promise<readonly IdRun[]>) {}

  /** For so many rows, behind which at least `following` come. */
  async take(rows: number, following: number): Promise<readonly IdRun[]> {
    if (this.rows < rows) {
      const most = rows * MAX_CHUNKS_AHEAD;
      const wanted = Math.max(rows * this.chunksAhead, Math.min(rows + following - this.rows, most));
      this.chunksAhead = Math.min(this.chunksAhead * 2, MAX_CHUNKS_AHEAD);
      this.runs.push(...(await this.fetch(wanted)));
      this.rows += wanted;
    }
    this.rows -= rows;
    return this.cut(rows);
  }

  private cut(rows: number): IdRun[] {
    const taken: IdRun[] = [];
    for (let left = rows; left > 0;) {
      const [first, length] = this.runs.shift() ?? [null, left];
      const part = Math.min(length, left);
      taken.push([first, part]);
      if (part < length && first !== null) this.runs.unshift([first + part, length - part]);
      left -= part;
    }
    return taken;
  }
}
