import { type Fault, PenstockError } from '../../domain/errors.js';
import { mapColumns } from '../../domain/event-pipelines/column-mapping.js';
import {
  checkSinkSchema,
  keyOf,
  SINK_TYPES,
  type SinkSchema,
  sinkTableName,
} from '../../domain/event-pipelines/sink-schema.js';
import type { GuardedStatements } from '../../domain/ports/guarded-statements.port.js';
import type { RejectedRow, RowBatch, StreamTables } from '../../domain/ports/stream-tables.port.js';
import {
  MAX_CHUNK_ROWS,
  type SinkBatch,
  type SinkRow,
  type WarehouseSink,
} from '../../domain/ports/warehouse-sink.port.js';
import type { Column } from '../../domain/shared/column.js';
import { quoteIdentifier } from '../../domain/shared/sql-quoting.js';
import type { TableName } from '../../domain/shared/table-name.js';
import type { StatementParameters, StatementRows } from '../../domain/workflow-gateway/guarded-statement.js';
import type { ClickhouseConnection } from './clickhouse-connection.js';
import { translateFailure } from './clickhouse-errors.js';
import { TableCatalog } from './table-catalog.js';
import { TableDefinitions } from './table-definitions.js';

export interface SinkBounds {
  readonly timeoutMs: number;
  readonly maxRows: number;
  readonly maxBytes: number;
}

export interface ClickhouseSinkOptions {
  readonly database: string;
  readonly cluster?: string | undefined;
  readonly statementTimeoutMs: number;
  /** Of its queries. */
  readonly bounds: SinkBounds;
}

export interface ClickhouseSinkParts {
  readonly connection: ClickhouseConnection;
  readonly tables: StreamTables;
  readonly statements: GuardedStatements;
}

const COMMENT = 'Penstock writes batches into this table';
const NEVER = new AbortController().signal;
/** More faults help nobody. */
const MOST_FAULTS = 100;

/** Batches in ClickHouse, by the same inserts that streams are copied with. */
export class ClickhouseWarehouseSink implements WarehouseSink {
  readonly engine = 'clickhouse';
  private readonly definitions: TableDefinitions;

  constructor(
    private readonly parts: ClickhouseSinkParts,
    private readonly options: ClickhouseSinkOptions,
  ) {
    const { statementTimeoutMs: timeoutMs, cluster } = options;
    const catalog = new TableCatalog(parts.connection, timeoutMs);
    this.definitions = new TableDefinitions(parts.connection, catalog, { timeoutMs, cluster });
  }

  async createTable(text: string, schema: SinkSchema): Promise<void> {
    checkSinkSchema(schema);
    const name = this.nameOf(text);
    const columns = schema.columns.map(({ name: column, type, nullable = false }) => {
      const known = SINK_TYPES[type].clickhouse;
      return { name: column, type: nullable ? `Nullable(${known})` : known };
    });
    const orderBy = schema.orderBy ?? keyOf(schema);
    try {
      await this.definitions.create({ name, columns, orderBy, connectorId: '', comment: COMMENT });
    } catch (cause) {
      if (!isExisting(cause) || !(await this.isSame(name, columns))) throw cause;
    }
  }

  async writeBatch(rows: readonly SinkRow[], { batchId, table, columnMapping, signal }: SinkBatch): Promise<number> {
    const name = this.nameOf(table);
    const found = await this.parts.tables.find(name);
    if (found === undefined) throw new PenstockError('table.unknown', `There is no table ${table}.`);
    const flags = new Set(found.columns.filter(({ type }) => isFlag(type)).map((column) => column.name));
    const mapped = mapColumns(rows, columnMapping);
    for (let first = 0; first < mapped.length; first += MAX_CHUNK_ROWS) {
      const chunk = mapped.slice(first, first + MAX_CHUNK_ROWS);
      const lines = chunk.map((row) => Buffer.from(lineOf(row, flags)));
      const token = `sink:${batchId}:${first}`;
      await this.insert({ table: name, token, lines, skipUnknownFields: false }, first, signal ?? NEVER);
    }
    return rows.length;
  }

  query(sql: string, parameters: StatementParameters = {}, signal: AbortSignal = NEVER): Promise<StatementRows> {
    return this.parts.statements.read({ ...this.options.bounds, sql, parameters, offset: 0, signal });
  }

  async healthCheck(namespace: string = this.options.database): Promise<boolean> {
    const { cluster, statementTimeoutMs } = this.options;
    const abort_signal = AbortSignal.timeout(statementTimeoutMs);
    try {
      const client = await this.parts.connection.client();
      const answer = await client.query({
        query: 'SELECT count() AS found FROM system.databases WHERE name = {name: String}',
        query_params: { name: namespace },
        format: 'JSONEachRow',
        abort_signal,
      });
      const [row] = await answer.json<{ found: string }>();
      if (Number(row?.found) > 0) return false;
      const everywhere = cluster === undefined ? '' : ` ON CLUSTER ${quoteIdentifier(cluster)}`;
      const query = `CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(namespace)}${everywhere}`;
      await client.command({ query, abort_signal });
      return true;
    } catch (cause) {
      throw translateFailure(cause, `the database "${namespace}"`);
    }
  }

  private async insert(batch: RowBatch, first: number, signal: AbortSignal): Promise<void> {
    const { tables } = this.parts;
    try {
      await tables.insert(batch, signal);
    } catch (cause) {
      if (!(cause instanceof PenstockError) || cause.code !== 'rows.rejected') throw cause;
      const faults = (await tables.findRejected(batch, signal)).slice(0, MOST_FAULTS).map((row) => faultOf(row, first));
      throw new PenstockError('rows.rejected', 'Rows of the batch do not fit the table.', { faults });
    }
  }

  private async isSame(name: TableName, columns: readonly Column[]): Promise<boolean> {
    const found = await this.parts.tables.find(name);
    const textOf = (all: readonly Column[]): string => JSON.stringify(all.map((column) => [column.name, column.type]));
    return found !== undefined && textOf(found.columns) === textOf(columns);
  }

  private nameOf(text: string): TableName {
    const { namespace: database, table } = sinkTableName(text, this.options.database);
    return { database, table };
  }
}

const isFlag = (type: string): boolean => type === 'UInt8' || type === 'Nullable(UInt8)';

const isExisting = (cause: unknown): boolean => cause instanceof PenstockError && cause.code === 'table.exists';

/** The document's booleans are numbers in ClickHouse, which takes no `true` for one. */
function lineOf(row: SinkRow, flags: ReadonlySet<string>): string {
  return JSON.stringify(row, (name, value: unknown) =>
    typeof value === 'boolean' && flags.has(name) ? Number(value) : value,
  );
}

function faultOf({ index, column, reason }: RejectedRow, first: number): Fault {
  const row = `rows.${first + index}`;
  return { path: column === undefined ? row : `${row}.${column}`, message: reason };
}
