import { createHash } from 'node:crypto';
import { type ClientBase, escapeIdentifier, type PoolClient } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import { mapColumns } from '../../../domain/event-pipelines/column-mapping.js';
import { checkSinkSchema, type SinkSchema, sinkTableName } from '../../../domain/event-pipelines/sink-schema.js';
import type { GuardedStatements } from '../../../domain/ports/guarded-statements.port.js';
import {
  MAX_CHUNK_ROWS,
  type SinkBatch,
  type SinkRow,
  type WarehouseSink,
} from '../../../domain/ports/warehouse-sink.port.js';
import type { StatementParameters, StatementRows } from '../../../domain/workflow-gateway/guarded-statement.js';
import { LoadReceipts } from '../load-receipts.js';
import { isUnreachable, sqlState } from '../migration-session.js';
import type { PostgresPool } from '../postgres-pool.js';
import { statementFailure } from '../statement-failure.js';
import { sinkTexts, type SinkTexts } from './sink-rows.js';
import { findSinkTable, makeSinkTable, type SinkTable, type SinkTablePlace } from './sink-table.js';
import { columnArrays, unnestInsert } from './unnest-insert.js';

export interface PostgresSinkOptions {
  /** Of tables that are named without one. */
  readonly schema: string;
  readonly statementTimeoutMs: number;
  /** How long the ids of batches are remembered. */
  readonly idempotencyKeptMs: number;
  /** Of its queries. */
  readonly bounds: { readonly timeoutMs: number; readonly maxRows: number; readonly maxBytes: number };
}

const NEVER = new AbortController().signal;
/** duplicate_table, unique_violation (of the catalog), duplicate_schema: somebody else made it just now. */
const MADE_MEANWHILE = new Set(['42P07', '23505', '42P06']);
const NO_SCHEMA = '3F000';
/** Data exceptions, constraints, limits. */
const ROWS_AT_FAULT = /^(22|23|54)/;

/** Batches in PostgreSQL: rows and the id of their batch in one transaction. */
export class PostgresWarehouseSink implements WarehouseSink {
  readonly engine = 'postgres';

  constructor(
    private readonly pool: PostgresPool,
    private readonly statements: GuardedStatements,
    private readonly options: PostgresSinkOptions,
  ) {}

  async createTable(text: string, schema: SinkSchema): Promise<void> {
    checkSinkSchema(schema);
    const place = sinkTableName(text, this.options.schema);
    const make = (): Promise<void> => this.within((client) => makeSinkTable(client, place, schema));
    await make().catch((cause: unknown) => {
      if (!MADE_MEANWHILE.has(sqlState(causeOf(cause)))) throw cause;
      return make();
    });
  }

  async writeBatch(rows: readonly SinkRow[], batch: SinkBatch): Promise<number> {
    const place = sinkTableName(batch.table, this.options.schema);
    const mapped = mapColumns(rows, batch.columnMapping);
    if (mapped.length === 0) return 0;
    return this.within((client) => this.write(client, place, { ...batch, rows: mapped }), batch.signal);
  }

  query(sql: string, parameters: StatementParameters = [], signal: AbortSignal = NEVER): Promise<StatementRows> {
    return this.statements.read({ ...this.options.bounds, sql, parameters, offset: 0, signal });
  }

  async healthCheck(namespace: string = this.options.schema): Promise<boolean> {
    return this.within(async (client) => {
      const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [namespace]);
      if (rowCount !== 0) return false;
      await client.query(`CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(namespace)}`);
      return true;
    });
  }

  private async write(
    client: ClientBase,
    place: SinkTablePlace,
    { rows, batchId }: { readonly rows: readonly SinkRow[]; readonly batchId: string },
  ): Promise<number> {
    const name = `${place.namespace}.${place.table}`;
    const table = await findSinkTable(client, place);
    if (table === undefined) throw new PenstockError('table.unknown', `There is no table ${name}.`);
    const texts = sinkTexts(table, rows);
    const digest = digestOf(rows);
    const receipts = new LoadReceipts(client, { engine: 'postgres', table: name }, this.options.idempotencyKeptMs);
    if (!(await receipts.claim(batchId))) {
      const kept = await receipts.find(batchId);
      if (kept?.digest === digest) return kept.receipt.count;
      throw new PenstockError('idempotency-key.reused', `Other rows were written to ${name} under this batch id.`);
    }
    await insertTexts(client, table, texts);
    const receipt = { ids: undefined, count: rows.length, batches: Math.ceil(rows.length / MAX_CHUNK_ROWS) };
    await receipts.keep(batchId, { state: 'done', digest, receipt });
    return rows.length;
  }

  private async within<T>(work: (client: PoolClient) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { statementTimeoutMs } = this.options;
    try {
      return await this.pool.session(
        async (client) => {
          await client.query('BEGIN');
          const value = await work(client).catch((cause: unknown) => {
            throw failureOf(cause); // before the pool takes a missing schema for one of ours
          });
          await client.query('COMMIT');
          return value;
        },
        { statementTimeoutMs, signal },
      );
    } catch (cause) {
      throw failureOf(cause);
    }
  }
}

async function insertTexts(client: ClientBase, table: SinkTable, { columns, rows }: SinkTexts): Promise<void> {
  const names = columns.map(({ name }) => name);
  const hasKey = table.key.length > 0 && table.key.every((name) => names.includes(name));
  const text = unnestInsert({ table: table.name, columns, key: hasKey ? table.key : [] });
  const at = table.key.map((name) => names.indexOf(name));
  for (let first = 0; first < rows.length; first += MAX_CHUNK_ROWS) {
    const chunk = rows.slice(first, first + MAX_CHUNK_ROWS);
    const written = hasKey ? latestOfKey(chunk, at) : chunk;
    await client.query(text, columnArrays(columns.length, written)).catch((cause: unknown) => {
      if (!ROWS_AT_FAULT.test(sqlState(cause))) throw cause;
      const where = `rows ${first} to ${first + chunk.length - 1}`;
      const message = `PostgreSQL refused the ${where} (SQLSTATE ${sqlState(cause)}); nothing was written.`;
      throw new PenstockError('rows.rejected', message);
    });
  }
}

/** No statement writes a row twice: of each key the last one stays. */
function latestOfKey(rows: SinkTexts['rows'], at: readonly number[]): SinkTexts['rows'] {
  return [...new Map(rows.map((row) => [JSON.stringify(at.map((index) => row[index])), row])).values()];
}

function digestOf(rows: readonly SinkRow[]): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${JSON.stringify(row)}\n`);
  return hash.digest('hex');
}

const causeOf = (cause: unknown): unknown => (cause instanceof PenstockError ? cause.cause : cause);

function failureOf(cause: unknown): unknown {
  if (cause instanceof PenstockError) return cause;
  const state = sqlState(cause);
  if (state === '' || isUnreachable(cause)) return cause;
  if (state === NO_SCHEMA) return new PenstockError('database.unknown', 'There is no such schema.', { cause });
  const translated = statementFailure(cause);
  if (translated instanceof PenstockError) return translated;
  // The driver's error, by its code alone: its words and details hold values.
  const code = Object.assign(new Error(`SQLSTATE ${state}`), { code: state });
  return new PenstockError('database.refused', `PostgreSQL refused the sink (SQLSTATE ${state}).`, { cause: code });
}
