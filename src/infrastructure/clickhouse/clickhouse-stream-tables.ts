import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type {
  RejectedRow,
  RowBatch,
  StreamTable,
  StreamTables,
  TableDefinition,
} from '../../domain/ports/stream-tables.port.js';
import type { Column } from '../../domain/shared/column.js';
import type { TableName } from '../../domain/shared/table-name.js';
import { BatchGuard } from './batch-guard.js';
import { BatchInsert } from './batch-insert.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { mayBeRows, translateFailure, withoutWords } from './clickhouse-errors.js';
import { RejectedRows } from './rejected-rows.js';
import { type ProbeRow, RowProbe } from './row-probe.js';
import { TableCatalog } from './table-catalog.js';
import { TableDefinitions } from './table-definitions.js';

export interface StreamTablesOptions {
  readonly insertTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly cluster?: string | undefined;
}

interface KnownTable {
  readonly guard: BatchGuard;
  readonly readAtMs: number;
}

/** How long the columns of a table are believed by the guard of inserts. */
const KNOWN_FOR_MS = 10_000;
const MAX_KNOWN_TABLES = 1000;

/** Stream tables in ClickHouse, as MergeTree tables that deduplicate by token. */
export class ClickhouseStreamTables implements StreamTables {
  private readonly catalog: TableCatalog;
  private readonly definitions: TableDefinitions;
  private readonly inserts: BatchInsert;
  private readonly known = new Map<string, KnownTable>();

  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly clock: Clock,
    private readonly options: StreamTablesOptions,
  ) {
    const { insertTimeoutMs, statementTimeoutMs, cluster } = options;
    this.catalog = new TableCatalog(connection, statementTimeoutMs);
    this.definitions = new TableDefinitions(connection, this.catalog, { timeoutMs: statementTimeoutMs, cluster });
    this.inserts = new BatchInsert(connection, { timeoutMs: insertTimeoutMs, cluster });
  }

  create(definition: TableDefinition): Promise<StreamTable> {
    return this.definitions.create(definition);
  }

  find(name: TableName): Promise<StreamTable | undefined> {
    return this.catalog.find(name);
  }

  addColumns(name: TableName, columns: readonly Column[]): Promise<void> {
    return this.definitions.addColumns(name, columns);
  }

  drop(name: TableName, uuid: string): Promise<void> {
    return this.definitions.drop(name, uuid);
  }

  async insert(batch: RowBatch, signal: AbortSignal): Promise<void> {
    if (batch.lines.length === 0) return;
    if (await this.hasUnfit(batch)) throw rowsRejected(batch);
    try {
      await this.inserts.send(batch, signal);
    } catch (cause) {
      // The same codes come from materialized views; rows are only to blame when one is found.
      if (mayBeRows(cause) && (await this.misfits(batch, signal)).length > 0) {
        throw rowsRejected(batch, withoutWords(cause));
      }
      throw translateFailure(cause, `insert into ${batch.table.database}.${batch.table.table}`);
    }
  }

  async findRejected(batch: RowBatch, signal: AbortSignal): Promise<RejectedRow[]> {
    const { columns } = await this.require(batch.table);
    const probe = this.probe(signal);
    const wanted = { columns, skipUnknownFields: batch.skipUnknownFields };
    const unfit = new BatchGuard(columns).find(batch.lines);
    const misfits = await probe.misfits(rowsOf(batch), wanted);
    const rejected = await new RejectedRows(probe, wanted).explain(misfits);
    const indexes = new Set(rejected.map(({ index }) => index));
    return [...rejected, ...unfit.filter(({ index }) => !indexes.has(index))].sort((a, b) => a.index - b.index);
  }

  /** Columns may have been altered since they were read: nothing is refused by what they were before. */
  private async hasUnfit({ table, lines }: RowBatch): Promise<boolean> {
    const known = this.known.get(keyOf(table));
    const fresh = known !== undefined && this.clock.nowMs() - known.readAtMs < KNOWN_FOR_MS;
    const guard = fresh ? known.guard : await this.readGuard(table);
    if (!guard.hasUnfit(lines)) return false;
    return !fresh || (await this.readGuard(table)).hasUnfit(lines);
  }

  private async readGuard(table: TableName): Promise<BatchGuard> {
    const { columns } = await this.require(table);
    const guard = new BatchGuard(columns);
    if (this.known.size >= MAX_KNOWN_TABLES) this.known.clear();
    this.known.set(keyOf(table), { guard, readAtMs: this.clock.nowMs() });
    return guard;
  }

  private async misfits(batch: RowBatch, signal: AbortSignal): Promise<ProbeRow[]> {
    const { columns } = await this.require(batch.table);
    return this.probe(signal).misfits(rowsOf(batch), { columns, skipUnknownFields: batch.skipUnknownFields });
  }

  private probe(signal: AbortSignal): RowProbe {
    return new RowProbe(this.connection, this.options.statementTimeoutMs, signal);
  }

  private async require(name: TableName): Promise<StreamTable> {
    const table = await this.catalog.find(name);
    if (table === undefined) throw new PenstockError('table.unknown', `There is no table ${keyOf(name)}.`);
    return table;
  }
}

function keyOf({ database, table }: TableName): string {
  return `${database}.${table}`;
}

function rowsOf({ lines }: RowBatch): ProbeRow[] {
  const decoder = new TextDecoder();
  return lines.map((line, index) => ({ index, text: decoder.decode(line) }));
}

function rowsRejected({ table }: RowBatch, cause?: unknown): PenstockError {
  return new PenstockError('rows.rejected', `Rows of the batch do not fit the table ${keyOf(table)}.`, { cause });
}
