import type { Row as AnswerRow } from '@clickhouse/client';
import { PenstockError } from '../../domain/errors.js';
import type { LoadLedger } from '../../domain/ports/load-ledger.port.js';
import type {
  InsertReceipt,
  InsertRows,
  Row,
  RowPage,
  StreamRows,
  WarehouseTables,
} from '../../domain/ports/warehouse-tables.port.js';
import { type DwhTable, dwhTable, ID_COLUMN } from '../../domain/warehouse-loading/dwh-tables.js';
import { gatheredChunks } from '../../domain/warehouse-loading/gathered-chunks.js';
import { oneAhead } from '../../domain/warehouse-loading/one-ahead.js';
import { type ChunkLimits, rowChunks } from '../../domain/warehouse-loading/row-chunks.js';
import {
  cursorAfter,
  MAX_PAGE_BYTES,
  placeLost,
  type RowSelection,
} from '../../domain/warehouse-loading/row-selection.js';
import { WatchedChunks } from '../../domain/warehouse-loading/watched-chunks.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { translateFailure } from './clickhouse-errors.js';
import { ClickhouseLoad, type ClickhouseLoadLimits } from './clickhouse-load.js';
import { type DwhQuery, placeQuery, selectQuery } from './dwh-queries.js';

/** Read as it was written; a client that is slow is given time, and one that has left ends the query. */
const READING = {
  output_format_json_quote_64bit_integers: 1,
  date_time_output_format: 'iso',
  cancel_http_readonly_queries_on_client_close: 1,
  http_send_timeout: 600,
} as const;

/** A load of less has come whole before it takes the turn of its table from others. */
const GATHERED_BYTES = 4_000_000;

/** The warehouse tables in ClickHouse. What it has no means for, the ledger does: ids, turns and receipts. */
export class ClickhouseWarehouseTables implements WarehouseTables {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly ledger: LoadLedger,
    private readonly limits: ClickhouseLoadLimits & ChunkLimits,
  ) {}

  async insert(name: string, rows: AsyncIterable<Row>, options: InsertRows): Promise<InsertReceipt> {
    const table = dwhTable(name);
    const watched = new WatchedChunks(rowChunks(table, rows, this.limits, options.place));
    const chunks = gatheredChunks(oneAhead(watched.chunks(), options.signal), GATHERED_BYTES);
    const { signal, maxIdRuns = Number.POSITIVE_INFINITY } = options;
    try {
      const first = await chunks.next();
      if (first.done === true) throw new PenstockError('rows.empty', 'There are no rows.');
      const load = new ClickhouseLoad(this.connection, table, options, this.limits);
      const receipt = await this.ledger.inTurn(table.table, (turn) => load.run(turn, first.value, chunks), signal);
      return { ...receipt, ids: (receipt.ids?.length ?? 0) > maxIdRuns ? undefined : receipt.ids };
    } catch (cause) {
      signal?.throwIfAborted();
      throw watched.failure === undefined ? failure(cause, table) : watched.failure.cause;
    } finally {
      await chunks.return();
    }
  }

  async list(selection: RowSelection, limit: number): Promise<RowPage> {
    await this.requirePlace(selection);
    const read = rowReader(selection.table);
    const rows: Row[] = [];
    let bytes = 0;
    for await (const batch of this.answers(selectQuery(selection, limit + 1), selection.table)) {
      for (const row of batch) {
        bytes += Buffer.byteLength(row.text);
        const last = rows.at(-1);
        if (last !== undefined && (rows.length === limit || bytes > MAX_PAGE_BYTES)) {
          return { rows, next: cursorAfter(last, selection) };
        }
        rows.push(read(row.json()));
      }
    }
    return { rows };
  }

  async *stream(selection: RowSelection, { limit, signal }: StreamRows = {}): AsyncGenerator<Row, void, undefined> {
    await this.requirePlace(selection);
    const read = rowReader(selection.table);
    for await (const batch of this.answers(selectQuery(selection, limit), selection.table, signal)) {
      for (const row of batch) yield read(row.json());
    }
  }

  /** @throws PenstockError `cursor.invalid` where the row that the selection begins behind is no longer what it was */
  private async requirePlace(selection: RowSelection): Promise<void> {
    const query = placeQuery(selection);
    if (query === undefined) return;
    for await (const batch of this.answers(query, selection.table)) if (batch.length > 0) return;
    throw placeLost();
  }

  private async *answers(
    { query, query_params }: DwhQuery,
    table: DwhTable,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly ClickhouseRow[], void, undefined> {
    try {
      signal?.throwIfAborted();
      const client = await this.connection.client();
      const answer = await client.query({
        query,
        query_params,
        format: 'JSONEachRow',
        clickhouse_settings: READING,
        abort_signal: signal ?? AbortSignal.timeout(this.limits.statementTimeoutMs),
      });
      for await (const batch of answer.stream<Record<string, unknown>>()) {
        yield batch;
        signal?.throwIfAborted(); // the client ends what is aborted as if it had been all
      }
      signal?.throwIfAborted();
    } catch (cause) {
      signal?.throwIfAborted();
      throw failure(cause, table);
    }
  }
}

type ClickhouseRow = AnswerRow<Record<string, unknown>, 'JSONEachRow'>;

function rowReader(table: DwhTable): (row: Record<string, unknown>) => Row {
  const columns = [ID_COLUMN, ...table.columns].filter(({ type }) => type === 'bigint' || type === 'json');
  return (row) => {
    for (const { name, type } of columns) row[name] = valueOf(row[name], type === 'json');
    return row;
  };
}

/** Whole numbers of 64 bits come as texts, and stay texts where a number would not be exact; JSON is kept as text. */
function valueOf(value: unknown, isJson: boolean): unknown {
  if (typeof value !== 'string') return value;
  if (isJson) return JSON.parse(value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function failure(cause: unknown, { table }: DwhTable): PenstockError {
  const error = translateFailure(cause, `the table ${table}`);
  if (error === cause || error.code !== 'table.unknown') return error;
  const message = `The table ${table} is not there yet: the migrations of the service have not run.`;
  return new PenstockError('warehouse.unreachable', message, { cause });
}
