import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ClickHouseSettings } from '@clickhouse/client';
import type { RowBatch } from '../../domain/ports/stream-tables.port.js';
import { quoteTableName } from '../../domain/stream-onboarding/create-table-statement.js';
import { INSERT_FORMAT_SETTINGS } from '../../domain/stream-onboarding/insert-format.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';

/** More than a batch has: all of its rows are one block, so that they are stored together and deduplicated together. */
const ROWS_OF_A_BLOCK = '1000000000';

export const ONE_BLOCK: ClickHouseSettings = {
  max_insert_block_size: ROWS_OF_A_BLOCK,
  min_insert_block_size_rows: ROWS_OF_A_BLOCK,
  min_insert_block_size_bytes: '0',
  // Parallel parsing makes blocks of its own; measured, one thread is faster for batches of up to 50 MB.
  input_format_parallel_parsing: 0,
};

export const ONCE_PER_TOKEN: ClickHouseSettings = {
  async_insert: 0,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  wait_end_of_query: 1,
};

/** Bytes handed to the socket at a time. */
const CHUNK_BYTES = 262_144;

export interface BatchInsertOptions {
  readonly timeoutMs: number;
  readonly cluster: string | undefined;
}

/** Sends a batch as one insert, and waits until ClickHouse has stored it. Errors are the client's own. */
export class BatchInsert {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly options: BatchInsertOptions,
  ) {}

  async send({ table, token, lines, fields, skipUnknownFields }: RowBatch, signal: AbortSignal): Promise<void> {
    const client = await this.connection.client();
    signal.throwIfAborted(); // the client does not look at signals that are aborted already
    const { stream } = await client.exec({
      query: `INSERT INTO ${quoteTableName(table)} FORMAT JSONEachRow`,
      values: Readable.from(chunksOf(lines, fields), { objectMode: false }),
      clickhouse_settings: {
        ...INSERT_FORMAT_SETTINGS,
        ...ONE_BLOCK,
        ...ONCE_PER_TOKEN,
        ...(this.options.cluster === undefined ? {} : { insert_distributed_sync: 1 as const }),
        insert_deduplication_token: token,
        input_format_skip_unknown_fields: skipUnknownFields ? 1 : 0,
      },
      abort_signal: AbortSignal.any([signal, AbortSignal.timeout(this.options.timeoutMs)]),
    });
    await finished(stream.resume()); // the answer has no body; its end frees the connection
  }
}

/** The lines with line feeds, in chunks of a size that sockets like: each byte is copied once. */
export function* chunksOf(lines: readonly Uint8Array[], fields?: Uint8Array): Generator<Buffer> {
  // More fields begin where the closing brace was.
  const more = fields === undefined ? NOTHING : Buffer.concat([COMMA, fields, CLOSE_BRACE]);
  const replaced = fields === undefined ? 0 : CLOSE_BRACE.length;
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let used = 0;
  for (const line of lines) {
    const length = line.length + more.length + 1;
    if (used > 0 && used + length > chunk.length) {
      yield chunk.subarray(0, used);
      chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      used = 0;
    }
    if (length > chunk.length) chunk = Buffer.allocUnsafe(length);
    chunk.set(line, used);
    used += line.length - replaced;
    if (more.length > 0) chunk.set(more, used);
    used += more.length;
    chunk[used++] = LINE_FEED;
  }
  if (used > 0) yield chunk.subarray(0, used);
}

const NOTHING = Buffer.alloc(0);
const COMMA = Buffer.from(',');
const CLOSE_BRACE = Buffer.from('}');
const LINE_FEED = 0x0a;
