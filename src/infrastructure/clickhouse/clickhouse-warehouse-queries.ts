import type { Readable } from 'node:stream';
import type { ClickHouseSettings } from '@clickhouse/client';
import { PenstockError } from '../../domain/errors.js';
import type { PagedQuery, QueryPage, WarehouseQueries } from '../../domain/ports/warehouse-queries.port.js';
import { quoteString } from '../../domain/shared/sql-quoting.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { exceptionCode, translateFailure } from './clickhouse-errors.js';
import { type ReadingStatement, readingStatement } from './reading-statement.js';

export interface WarehouseQueriesOptions {
  readonly statementTimeoutMs: number;
  readonly maxResultBytes: number;
  readonly maxQueryMemoryBytes: number;
}

const DATABASES = `
  SELECT d.name AS database, t.name AS table
  FROM system.databases AS d LEFT JOIN system.tables AS t ON t.database = d.name
  WHERE lower(d.name) NOT IN ('system', 'information_schema') AND NOT startsWith(t.name, '.inner')
  ORDER BY database, table`;

const FAITHFUL_JSON: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  output_format_json_quote_denormals: 1,
  output_format_json_named_tuples_as_objects: 1,
};

/** How much longer than the server the client waits for the server's own word about a time-out. */
const GRACE_MS = 1000;

interface JsonAnswer {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly Record<string, unknown>[];
}

/** Reads ClickHouse under `readonly = 1`, which also closes file(), url(), s3() and remote(). */
export class ClickhouseWarehouseQueries implements WarehouseQueries {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly options: WarehouseQueriesOptions,
  ) {}

  async databases(): Promise<Record<string, string[]>> {
    try {
      const client = await this.connection.client();
      const abort_signal = AbortSignal.timeout(this.options.statementTimeoutMs);
      const result = await client.query({ query: DATABASES, format: 'JSONEachRow', abort_signal });
      const tables: Record<string, string[]> = {};
      for (const { database, table } of await result.json<{ database: string; table: string }>()) {
        const list = (tables[database] ??= []);
        if (table !== '') list.push(table);
      }
      return tables;
    } catch (cause) {
      throw translateFailure(cause, 'the list of databases');
    }
  }

  async run(query: PagedQuery): Promise<QueryPage> {
    const timeout = AbortSignal.timeout(query.timeoutMs + GRACE_MS);
    const reader = { timeoutMs: query.timeoutMs, signal: timeout };
    try {
      const statement = await this.parse(query.sql, reader);
      const { meta, data } = await this.page(statement, query, reader);
      const isLast = data.length < query.limit && (data.length > 0 || query.offset === 0);
      const known = data.length === 0 ? 0 : query.offset + data.length;
      const totalRows = isLast || !statement.isSelect ? known : await this.count(statement, known, reader);
      return { columns: meta, rows: data, totalRows };
    } catch (cause) {
      throw timeout.aborted ? tooLong(query.timeoutMs) : failure(cause, query.timeoutMs);
    }
  }

  /** What runs is what was looked at: the server's own reading of the text, not the text. */
  private async parse(sql: string, reader: Reader): Promise<ReadingStatement> {
    const { data } = await this.ask(`SELECT formatQuerySingleLine(${quoteString(sql)}) AS formatted`, reader);
    return readingStatement(String(data[0]?.['formatted']));
  }

  /** A SELECT as a subquery, because the settings hold for each part of a UNION by itself; SHOW and the like by them. */
  private page({ sql, isSelect }: ReadingStatement, page: PagedQuery, reader: Reader): Promise<JsonAnswer> {
    const { limit, offset } = page;
    if (isSelect) return this.ask(`SELECT * FROM (${sql}) LIMIT ${limit} OFFSET ${offset}`, reader);
    return this.ask(sql, reader, { limit: String(limit), offset: String(offset) });
  }

  /** What is too much to count is as long as it is known to be. */
  private async count({ sql }: ReadingStatement, known: number, reader: Reader): Promise<number> {
    try {
      const { data } = await this.ask(`SELECT count() AS total FROM (${sql})`, reader);
      return Number(data[0]?.['total']);
    } catch (cause) {
      if (exceptionCode(cause) === undefined) throw cause;
      return known;
    }
  }

  private async ask(query: string, reader: Reader, more: ClickHouseSettings = {}): Promise<JsonAnswer> {
    const client = await this.connection.client();
    const clickhouse_settings = { ...more, ...this.bounds(reader) };
    const abort_signal = reader.signal;
    const { stream } = await client.exec({ query: `${query} FORMAT JSON`, clickhouse_settings, abort_signal });
    const text = await textWithin(stream, this.options.maxResultBytes);
    return JSON.parse(text) as JsonAnswer; // what ClickHouse documents of its format JSON
  }

  private bounds({ timeoutMs }: Reader): ClickHouseSettings {
    const { maxResultBytes, maxQueryMemoryBytes } = this.options;
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

interface Reader {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** READONLY, ACCESS_DENIED, SOURCE or function not allowed, and limits of rows, bytes, memory and size. */
const REFUSED = new Set([158, 164, 191, 229, 241, 291, 307, 392, 396, 446, 452, 472, 481, 497]);
const TIMED_OUT = new Set([159, 160]);
/** The server's own troubles, not the statement's. */
const TROUBLES = new Set([202, 209, 210, 242, 243, 279, 394, 516, 677, 735, 745, 999]);

function failure(cause: unknown, timeoutMs: number): PenstockError {
  if (cause instanceof PenstockError) return cause;
  const code = exceptionCode(cause);
  if (code === undefined || TROUBLES.has(code)) return translateFailure(cause, 'a query');
  if (TIMED_OUT.has(code)) return tooLong(timeoutMs);
  const words = (cause as Error).message.split('\n', 1)[0] ?? ''; // a server's exception is an Error, see exceptionCode
  if (REFUSED.has(code)) return new PenstockError('query.refused', `The query is out of bounds: ${words}`);
  return new PenstockError('query.failed', words);
}

function tooLong(timeoutMs: number): PenstockError {
  return new PenstockError('query.timeout', `The query did not end within ${timeoutMs} ms.`);
}
