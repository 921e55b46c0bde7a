import type { Readable } from 'node:stream';
import type { ClickHouseSettings } from '@clickhouse/client';
import { PenstockError } from '../../domain/errors.js';
import { quoteString } from '../../domain/shared/sql-quoting.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { exceptionCode, translateFailure } from './clickhouse-errors.js';
import { type ReadingStatement, readingStatement } from './reading-statement.js';

export interface ReaderLimits {
  readonly maxResultBytes: number;
  readonly maxQueryMemoryBytes: number;
}

/** One caller's query, while it runs. */
export interface Reading {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Values of `{name:Type}`. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface JsonAnswer {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly Record<string, unknown>[];
}

const FAITHFUL_JSON: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  output_format_json_quote_denormals: 1,
  output_format_json_named_tuples_as_objects: 1,
};

/** Asks ClickHouse what callers ask, under `readonly = 1`, which also closes file(), url(), s3() and remote(). */
export class ClickhouseReader {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly limits: ReaderLimits,
  ) {}

  /** What runs is what was looked at: the server's own reading of the text, not the text. */
  async parse(sql: string, { timeoutMs, signal }: Reading): Promise<ReadingStatement> {
    const { data } = await this.ask(`SELECT formatQuerySingleLine(${quoteString(sql)}) AS formatted`, {
      timeoutMs,
      signal,
    });
    return readingStatement(String(data[0]?.['formatted']));
  }

  async ask(query: string, reading: Reading, more: ClickHouseSettings = {}): Promise<JsonAnswer> {
    const client = await this.connection.client();
    const { stream } = await client.exec({
      query: `${query} FORMAT JSON`,
      clickhouse_settings: { ...more, ...this.bounds(reading) },
      abort_signal: reading.signal,
      ...(reading.parameters && { query_params: reading.parameters }),
    });
    const text = await textWithin(stream, this.limits.maxResultBytes);
    return JSON.parse(text) as JsonAnswer; // what ClickHouse documents of its format JSON
  }

  private bounds({ timeoutMs }: Reading): ClickHouseSettings {
    const { maxResultBytes, maxQueryMemoryBytes } = this.limits;
    return {
      ...FAITHFUL_JSON,
      // A subquery's ORDER BY is the order of its pages.
      query_plan_remove_redundant_sorting: 0,
      max_execution_time: Math.max(1, Math.ceil(timeoutMs / 1000)),
      timeout_overflow_mode: 'throw',
      max_result_bytes: String(maxResultBytes),
      result_overflow_mode: 'throw',
      max_memory_usage: String(maxQueryMemoryBytes),
      wait_end_of_query: 1,
      cancel_http_readonly_queries_on_client_close: 1,
      // Last: from here on the query itself can set nothing.
      readonly: '1',
    };
  }
}

/** ClickHouse counts a value that is the same in every row once; the answer holds it in every row. */
async function textWithin(stream: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new PenstockError('query.refused', `The query is out of bounds: a page has more than ${maxBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** READONLY, ACCESS_DENIED, SOURCE or function not allowed, and limits of rows, bytes, memory and size. */
const REFUSED = new Set([158, 164, 191, 229, 241, 291, 307, 392, 396, 446, 452, 472, 481, 497]);
const TIMED_OUT = new Set([159, 160]);
/** The server's own troubles, not the statement's. */
const TROUBLES = new Set([202, 209, 210, 242, 243, 279, 394, 516, 677, 735, 745, 999]);

/** A failed reading in the words of the ports; the server's own where they are about the query. */
export function readingFailure(cause: unknown, timeoutMs: number): PenstockError {
  if (cause instanceof PenstockError) return cause;
  const code = exceptionCode(cause);
  if (code === undefined || TROUBLES.has(code)) return translateFailure(cause, 'a query');
  if (TIMED_OUT.has(code)) return tooLong(timeoutMs);
  const words = (cause as Error).message.split('\n', 1)[0] ?? ''; // a server's exception is an Error, see exceptionCode
  if (REFUSED.has(code)) return new PenstockError('query.refused', `The query is out of bounds: ${words}`);
  return new PenstockError('query.failed', words);
}

export function tooLong(timeoutMs: number): PenstockError {
  return new PenstockError('query.timeout', `The query did not end within ${timeoutMs} ms.`);
}
