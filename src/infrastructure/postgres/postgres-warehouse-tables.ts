import type { ClientBase } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import type {
  InsertReceipt,
  InsertRows,
  Row,
  RowPage,
  StreamRows,
  WarehouseTables,
} from '../../domain/ports/warehouse-tables.port.js';
import { type DwhTable, dwhTable } from '../../domain/warehouse-loading/dwh-tables.js';
import { oneAhead } from '../../domain/warehouse-loading/one-ahead.js';
import { type ChunkLimits, DATA_PLACE, type RowChunk, rowChunks } from '../../domain/warehouse-loading/row-chunks.js';
import {
  cursorAfter,
  MAX_PAGE_BYTES,
  placeLost,
  type RowSelection,
} from '../../domain/warehouse-loading/row-selection.js';
import { WatchedChunks } from '../../domain/warehouse-loading/watched-chunks.js';
import { answered } from './answered.js';
import { placeStatement, selectStatement } from './dwh-statements.js';
import { dwhRowReader } from './dwh-row.js';
import { keyConflicts } from './key-conflicts.js';
import { sqlState } from './migration-session.js';
import { PacedQuery } from './paced-query.js';
import { PostgresLoad, type PostgresLoadLimits } from './postgres-load.js';
import type { PostgresPool } from './postgres-pool.js';
import { statementFailure } from './statement-failure.js';

export type WarehouseTablesLimits = PostgresLoadLimits & ChunkLimits;

/** Rows fetched at once while they are streamed, and their bytes, by the size of those before. */
const FIRST_FETCHED_ROWS = 10;
const MAX_FETCHED_ROWS = 2000;
const FETCHED_BYTES = 1_000_000;

/** The warehouse tables in PostgreSQL: rows go in by COPY, or by INSERT where conflicts have an outcome. */
export class PostgresWarehouseTables implements WarehouseTables {
  constructor(
    private readonly pool: PostgresPool,
    private readonly limits: WarehouseTablesLimits,
  ) {}

  async insert(name: string, rows: AsyncIterable<Row>, options: InsertRows): Promise<InsertReceipt> {
    const table = dwhTable(name);
    const watched = new WatchedChunks(rowChunks(table, rows, this.limits, options.place));
    const failed = new AbortController();
    const signals = options.signal === undefined ? [failed.signal] : [failed.signal, options.signal];
    const chunks = oneAhead(watched.chunks(), AbortSignal.any(signals));
    try {
      // A request that is wrong from the start, or slow, holds no connection.
      const first = await chunks.next();
      if (first.done === true) throw new PenstockError('rows.empty', 'There are no rows.');
      return await this.load(table, options, { first: first.value, rest: chunks, failed });
    } catch (cause) {
      throw watched.failure === undefined ? cause : watched.failure.cause;
    } finally {
      await chunks.return();
    }
  }

  async list(selection: RowSelection, limit: number): Promise<RowPage> {
    await this.requirePlace(selection);
    const { rows, isCut } = await this.pool
      .queryWithin(selectStatement(selection, limit + 1), MAX_PAGE_BYTES)
      .catch((cause: unknown) => {
        throw statementFailure(cause);
      });
    const page = rows.slice(0, limit).map(dwhRowReader(selection.table));
    const last = page.at(-1);
    if ((rows.length <= limit && !isCut) || last === undefined) return { rows: page };
    return { rows: page, next: cursorAfter(last, selection) };
  }

  async *stream(selection: RowSelection, { limit, signal }: StreamRows = {}): AsyncGenerator<Row, void, undefined> {
    const { statementTimeoutMs } = this.limits;
    await this.requirePlace(selection);
    const session = await this.pool.openSession({ statementTimeoutMs, signal });
    let outcome: 'failed' | undefined;
    const ask = (text: string, values: string[] = []): Promise<unknown> =>
      answered(session.client.query(text, values), statementTimeoutMs);
    try {
      const { text, values } = selectStatement(selection, limit);
      await ask('BEGIN TRANSACTION READ ONLY');
      await ask(`DECLARE selected NO SCROLL CURSOR FOR ${text}`, values);
      const read = dwhRowReader(selection.table);
      for await (const rows of fetched(session.client, statementTimeoutMs)) for (const row of rows) yield read(row);
      await ask('COMMIT');
    } catch (cause) {
      outcome = 'failed';
      throw statementFailure(session.translate(cause));
    } finally {
      session.close(outcome); // with its transaction, where it was not read to the end
    }
  }

  /** @throws PenstockError `cursor.invalid` where the row that the selection begins behind is no longer what it was */
  private async requirePlace(selection: RowSelection): Promise<void> {
    const statement = placeStatement(selection);
    if (statement === undefined) return;
    const { rows } = await this.pool.query(statement.text, statement.values).catch((cause: unknown) => {
      throw statementFailure(cause);
    });
    if (rows.length === 0) throw placeLost();
  }

  private async load(
    table: DwhTable,
    options: InsertRows,
    { first, rest, failed }: LoadedChunks,
  ): Promise<InsertReceipt> {
    const { statementTimeoutMs } = this.limits;
    let refused: RowChunk | undefined;
    const work = this.pool.session(
      async (client) => {
        const load = new PostgresLoad(client, table, { ...options, failed }, this.limits);
        try {
          return await load.run(first, rest);
        } finally {
          refused = load.writing;
        }
      },
      { statementTimeoutMs, signal: options.signal },
    );
    return work.catch(async (cause: unknown) => {
      throw await this.explain(cause, table, { chunk: refused, place: options.place ?? DATA_PLACE });
    });
  }

  /** What PostgreSQL refused, in the words of the port. */
  private async explain(cause: unknown, table: DwhTable, { chunk, place }: Blamed): Promise<unknown> {
    const state = sqlState(cause);
    if (chunk === undefined || !ROWS_AT_FAULT.test(state)) return statementFailure(cause);
    if (state === UNIQUE_VIOLATION) {
      const faults = await keyConflicts(this.pool, { table, chunk, place, cause });
      const message = 'Keys of rows are there already; nothing was written.';
      return new PenstockError('rows.conflict', message, { cause, faults });
    }
    const [from, to] = [place(chunk.first), place(chunk.first + chunk.rows.length - 1)];
    const message = `PostgreSQL refused the rows ${from} to ${to} (SQLSTATE ${state}); nothing was written.`;
    return new PenstockError('rows.rejected', message, { cause });
  }
}

interface LoadedChunks {
  readonly first: RowChunk;
  readonly rest: AsyncIterable<RowChunk>;
  /** Aborted with the failure of a write: nobody has to wait for the rest then. */
  readonly failed: AbortController;
}

interface Blamed {
  readonly chunk: RowChunk | undefined;
  readonly place: (index: number) => string;
}

const UNIQUE_VIOLATION = '23505';
/** Data exceptions, constraints, and limits of the server such as the size of an index row. */
const ROWS_AT_FAULT = /^(22|23|54)/;

/** The rows of the cursor, in pieces. */
async function* fetched(client: ClientBase, timeoutMs: number): AsyncGenerator<readonly Row[], void, undefined> {
  for (let wanted = FIRST_FETCHED_ROWS; wanted > 0;) {
    const fetch = new PacedQuery(`FETCH FORWARD ${wanted} FROM selected`);
    yield* fetch.pieces(client, timeoutMs);
    wanted = fetch.rows < wanted ? 0 : fetchNext(fetch);
  }
}

/** As many rows as are about so many bytes, by the size of those that came: a reader who is slow keeps no statement waiting. */
function fetchNext({ rows, bytes }: PacedQuery): number {
  return Math.max(1, Math.min(MAX_FETCHED_ROWS, Math.floor((FETCHED_BYTES * rows) / bytes)));
}
