import { PenstockError } from '../../domain/errors.js';
import type { GuardedStatements } from '../../domain/ports/guarded-statements.port.js';
import type {
  GuardedStatement,
  StatementEffect,
  StatementParameters,
  StatementRows,
} from '../../domain/workflow-gateway/guarded-statement.js';
import { MAX_STATEMENT_CHARACTERS } from '../../domain/workflow-gateway/guarded-limits.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { ClickhouseReader, type JsonAnswer, type Reading, readingFailure, tooLong } from './clickhouse-reader.js';
import { checkGuardedText } from './guarded-text.js';
import { maskedText } from './masked-text.js';
import type { ReadingStatement } from './reading-statement.js';

/** How much longer than the server the client waits for the server's own word about a time-out. */
const GRACE_MS = 1000;

export interface ClickhouseGuardOptions {
  readonly maxQueryMemoryBytes: number;
}

/** Callers' statements on ClickHouse, which read and do nothing else. */
export class ClickhouseGuardedStatements implements GuardedStatements {
  readonly engine = 'clickhouse';

  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly options: ClickhouseGuardOptions,
  ) {}

  async masked(sql: string): Promise<string> {
    return maskedText(sql);
  }

  async read(statement: GuardedStatement): Promise<StatementRows> {
    const { sql, timeoutMs, maxBytes, maxRows } = statement;
    checkLength(sql);
    if (statement.signal.aborted) throw cancelled();
    const timeout = AbortSignal.timeout(timeoutMs + GRACE_MS);
    const signal = AbortSignal.any([timeout, statement.signal]);
    const reading = { timeoutMs, signal, parameters: named(statement.parameters) };
    const { maxQueryMemoryBytes } = this.options;
    const reader = new ClickhouseReader(this.connection, { maxResultBytes: maxBytes, maxQueryMemoryBytes });
    try {
      const parsed = await reader.parse(sql, reading);
      checkGuardedText(parsed.sql);
      const { meta, data } = await page(reader, parsed, statement, reading);
      const rows = data.slice(0, maxRows).map((row) => JSON.stringify(row));
      return { columns: meta, rows, isTruncated: data.length > maxRows, isPageable: parsed.isSelect };
    } catch (cause) {
      if (statement.signal.aborted) throw cancelled();
      throw timeout.aborted ? tooLong(timeoutMs) : readingFailure(cause, timeoutMs);
    }
  }

  async write(): Promise<StatementEffect> {
    throw new PenstockError('query.refused', 'The statement is refused: on ClickHouse guarded statements only read.');
  }
}

/** A SELECT as a subquery, because the settings hold for each part of a UNION by itself; SHOW and the like by them. */
function page(
  reader: ClickhouseReader,
  { sql, isSelect }: ReadingStatement,
  { maxRows, offset }: GuardedStatement,
  reading: Reading,
): Promise<JsonAnswer> {
  const limit = maxRows + 1;
  if (isSelect) return reader.ask(`SELECT * FROM (${sql}) LIMIT ${limit} OFFSET ${offset}`, reading);
  return reader.ask(sql, reading, { limit: String(limit), offset: String(offset) });
}

function named(parameters: StatementParameters): Readonly<Record<string, unknown>> {
  if (!Array.isArray(parameters)) return parameters as Readonly<Record<string, unknown>>;
  if (parameters.length === 0) return {};
  throw new PenstockError(
    'query.refused',
    'The statement is refused: parameters of ClickHouse have names, as {id:UInt64} in the statement.',
  );
}

function checkLength(sql: string): void {
  if (sql.length <= MAX_STATEMENT_CHARACTERS) return;
  const why = `it is longer than ${MAX_STATEMENT_CHARACTERS} characters`;
  throw new PenstockError('query.refused', `The statement is refused: ${why}.`);
}

function cancelled(): PenstockError {
  return new PenstockError('query.cancelled', 'Nobody waited for the statement any more; it was ended.');
}
