import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { MonthSums, SalesReplica, StagedSales } from '../../../domain/ports/sales-copy.port.js';
import type { DaySpan } from '../../../domain/sales-reporting/calendar.js';
import { nameText, type QualifiedName } from '../../../domain/sales-reporting/qualified-name.js';
import { moneyText } from '../../../domain/sales-reporting/sales-report.js';
import { quoteIdentifier, quoteString } from '../../../domain/shared/sql-quoting.js';
import type { ClickhouseConnection } from '../clickhouse-connection.js';
import { translateFailure } from '../clickhouse-errors.js';
import { monthText, REPLICA_DATABASE, REPLICA_MODEL, replicaTable } from './replica-table.js';

export interface SalesReplicaOptions {
  readonly statementTimeoutMs: number;
  readonly cluster?: string | undefined;
}

const STAGE = 'sales_copy_';
/** A stage this old was left by a copy that was killed. */
const OLDEST_STAGE_HOURS = 24;
/** One copy may take this long. */
const COPY_TIMEOUT_MS = 6 * 60 * 60_000;

interface SumsRow {
  readonly year_month: number;
  readonly rows: string;
  readonly revenue: string;
  readonly quantity: string;
}

/** Copies land in a table of their own, and their partitions then take the places of those that are read. */
export class ClickhouseSalesReplica implements SalesReplica {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly options: SalesReplicaOptions,
  ) {}

  async stage(rows: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<StagedSales> {
    await this.removeAbandoned();
    const id = STAGE + randomBytes(8).toString('hex');
    const place = `${REPLICA_DATABASE}.${id}`;
    await this.command(`CREATE TABLE ${place}${this.onCluster} AS ${REPLICA_MODEL}`);
    try {
      await this.insert(place, rows, signal);
      return { id, months: await this.sums(place) };
    } catch (error) {
      await this.discard({ id, months: [] }).catch(() => undefined); // removed by a later copy
      throw error;
    }
  }

  async publish(staged: StagedSales, table: QualifiedName, range: DaySpan): Promise<void> {
    const place = replicaTable(table);
    await this.command(`CREATE TABLE IF NOT EXISTS ${place}${this.onCluster} AS ${REPLICA_MODEL}`);
    for (const { month } of staged.months) {
      const partition = quoteString(month.replace('-', ''));
      await this.command(
        `ALTER TABLE ${place} REPLACE PARTITION ID ${partition} FROM ${REPLICA_DATABASE}.${quoteIdentifier(staged.id)}`,
      );
    }
    const kept = new Set(staged.months.map(({ month }) => month));
    for (const month of await this.months(table)) {
      const isInside = month >= range.from.slice(0, 7) && month <= range.to.slice(0, 7);
      if (!isInside || kept.has(month)) continue;
      await this.command(`ALTER TABLE ${place} DROP PARTITION ID ${quoteString(month.replace('-', ''))}`);
    }
  }

  async discard({ id }: StagedSales): Promise<void> {
    await this.command(`DROP TABLE IF EXISTS ${REPLICA_DATABASE}.${quoteIdentifier(id)}${this.onCluster} SYNC`);
  }

  private async insert(place: string, rows: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    try {
      const client = await this.connection.client();
      signal.throwIfAborted();
      const { stream } = await client.exec({
        query: `INSERT INTO ${place} FORMAT TabSeparated`,
        values: Readable.from(rows, { objectMode: false }),
        clickhouse_settings: { wait_end_of_query: 1, async_insert: 0, max_partitions_per_insert_block: '0' },
        abort_signal: AbortSignal.any([signal, AbortSignal.timeout(COPY_TIMEOUT_MS)]),
      });
      await finished(stream.resume());
    } catch (cause) {
      signal.throwIfAborted();
      throw translateFailure(cause, 'the copy of sales');
    }
  }

  private async sums(place: string): Promise<MonthSums[]> {
    const rows = await this.query<SumsRow>(
      `SELECT toYYYYMM(sales_date) AS year_month, toString(count()) AS rows, toString(sum(sales_amount)) AS revenue,
              toString(sum(quantity_sold)) AS quantity
       FROM ${place} GROUP BY year_month ORDER BY year_month`,
    );
    return rows.map(({ year_month, rows: count, revenue, quantity }) => ({
      month: monthText(year_month),
      rows: Number(count),
      revenue: moneyText(revenue),
      quantity,
    }));
  }

  private async months(table: QualifiedName): Promise<string[]> {
    const rows = await this.query<{ id: string }>(
      `SELECT DISTINCT partition_id AS id FROM system.parts
       WHERE active AND database = ${quoteString(REPLICA_DATABASE)} AND table = ${quoteString(nameText(table))}`,
    );
    return rows.map(({ id }) => monthText(Number(id)));
  }

  private async removeAbandoned(): Promise<void> {
    const rows = await this.query<{ name: string }>(
      `SELECT name FROM system.tables WHERE database = ${quoteString(REPLICA_DATABASE)} AND startsWith(name, ${quoteString(STAGE)})
       AND metadata_modification_time < now() - INTERVAL ${OLDEST_STAGE_HOURS} HOUR`,
    );
    for (const { name } of rows) await this.discard({ id: name, months: [] });
  }

  private async query<T>(query: string): Promise<T[]> {
    try {
      const client = await this.connection.client();
      const abort_signal = AbortSignal.timeout(this.options.statementTimeoutMs);
      const result = await client.query({ query, format: 'JSONEachRow', abort_signal });
      return await result.json<T>();
    } catch (cause) {
      throw translateFailure(cause, 'the sales on ClickHouse');
    }
  }

  private async command(query: string): Promise<void> {
    try {
      const client = await this.connection.client();
      await client.command({
        query,
        clickhouse_settings: { wait_end_of_query: 1 },
        abort_signal: AbortSignal.timeout(this.options.statementTimeoutMs),
      });
    } catch (cause) {
      throw translateFailure(cause, 'the sales on ClickHouse');
    }
  }

  private get onCluster(): string {
    return this.options.cluster === undefined ? '' : ` ON CLUSTER ${quoteString(this.options.cluster)}`;
  }
}
