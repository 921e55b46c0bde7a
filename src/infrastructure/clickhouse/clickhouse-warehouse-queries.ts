import type { ClickHouseSettings } from '@clickhouse/client';
import { PenstockError } from '../../domain/errors.js';
import type { PagedQuery, QueryPage, WarehouseQueries } from '../../domain/ports/warehouse-queries.port.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { exceptionCode, translateFailure } from './clickhouse-errors.js';

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
  readonly rows: number;
  readonly rows_before_limit_at_least?: number;
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
    try {
      const client = await this.connection.client();
      const result = await client.query({
        query: query.sql,
        format: 'JSON',
        clickhouse_settings: this.settings(query),
        abort_signal: timeout,
      });
      const { meta, data, rows, rows_before_limit_at_least } = (await result.json()) as unknown as JsonAnswer;
      return { columns: meta, rows: data, totalRows: rows_before_limit_at_least ?? query.offset + rows };
    } catch (cause) {
      throw timeout.aborted ? tooLong(query) : failure(cause, query);
    }
  }

  private settings({ offset, limit, timeoutMs }: PagedQuery): ClickHouseSettings {
    const { maxResultBytes, maxQueryMemoryBytes } = this.options;
    return {
      ...FAITHFUL_JSON,
      limit: String(limit),
      offset: String(offset),
      exact_rows_before_limit: 1,
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

/** READONLY, ACCESS_DENIED, SOURCE or function not allowed, and limits of rows, bytes, memory and size. */
const REFUSED = new Set([158, 164, 191, 229, 241, 291, 307, 392, 396, 446, 452, 472, 481, 497]);
const TIMED_OUT = new Set([159, 160]);
/** The server's own troubles, not the statement's. */
const TROUBLES = new Set([202, 209, 210, 242, 243, 279, 394, 516, 677, 735, 745, 999]);

function failure(cause: unknown, query: PagedQuery): PenstockError {
  const code = exceptionCode(cause);
  if (code === undefined || TROUBLES.has(code)) return translateFailure(cause, 'a query');
  if (TIMED_OUT.has(code)) return tooLong(query);
  const words = (cause as Error).message.split('\n', 1)[0] ?? ''; // a server's exception is an Error, see exceptionCode
  if (REFUSED.has(code)) return new PenstockError('query.refused', `The query is out of bounds: ${words}`);
  return new PenstockError('query.failed', words);
}

function tooLong({ timeoutMs }: PagedQuery): PenstockError {
  return new PenstockError('query.timeout', `The query did not end within ${timeoutMs} ms.`);
}
