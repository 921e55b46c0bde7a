import type { PagedQuery, QueryPage, WarehouseQueries } from '../../domain/ports/warehouse-queries.port.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { exceptionCode, translateFailure } from './clickhouse-errors.js';
import { ClickhouseReader, type JsonAnswer, type Reading, readingFailure, tooLong } from './clickhouse-reader.js';
import type { ReadingStatement } from './reading-statement.js';

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

/** How much longer than the server the client waits for the server's own word about a time-out. */
const GRACE_MS = 1000;

/** Reads ClickHouse under `readonly = 1`, which also closes file(), url(), s3() and remote(). */
export class ClickhouseWarehouseQueries implements WarehouseQueries {
  private readonly reader: ClickhouseReader;

  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly options: WarehouseQueriesOptions,
  ) {
    this.reader = new ClickhouseReader(connection, options);
  }

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
      const statement = await this.reader.parse(query.sql, reader);
      const { meta, data } = await this.page(statement, query, reader);
      const isLast = data.length < query.limit && (data.length > 0 || query.offset === 0);
      const known = data.length === 0 ? 0 : query.offset + data.length;
      const totalRows = isLast || !statement.isSelect ? known : await this.count(statement, known, reader);
      return { columns: meta, rows: data, totalRows };
    } catch (cause) {
      throw timeout.aborted ? tooLong(query.timeoutMs) : readingFailure(cause, query.timeoutMs);
    }
  }

  /** A SELECT as a subquery, because the settings hold for each part of a UNION by itself; SHOW and the like by them. */
  private page({ sql, isSelect }: ReadingStatement, page: PagedQuery, reader: Reading): Promise<JsonAnswer> {
    const { limit, offset } = page;
    if (isSelect) return this.reader.ask(`SELECT * FROM (${sql}) LIMIT ${limit} OFFSET ${offset}`, reader);
    return this.reader.ask(sql, reader, { limit: String(limit), offset: String(offset) });
  }

  /** What is too much to count is as long as it is known to be. */
  private async count({ sql }: ReadingStatement, known: number, reader: Reading): Promise<number> {
    try {
      const { data } = await this.reader.ask(`SELECT count() AS total FROM (${sql})`, reader);
      return Number(data[0]?.['total']);
    } catch (cause) {
      if (exceptionCode(cause) === undefined) throw cause;
      return known;
    }
  }
}
