import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseSettings } from '@clickhouse/client';
import { PenstockError } from '../../../domain/errors.js';
import { quoteString } from '../../../domain/shared/sql-quoting.js';
import type { ClickhouseConnection } from '../clickhouse-connection.js';
import { definitionFault, translateFailure } from '../clickhouse-errors.js';

export interface WindowSessionOptions {
  readonly statementTimeoutMs: number;
  /** Longest time for one insert of a batch: by then those that were under way have ended. */
  readonly insertTimeoutMs: number;
  readonly cluster?: string | undefined;
}

const SETTLE_POLL_MS = 50;
const BUSY_RETRY_MS = 5000;
/** Counting a stretch of events again; the engine ends it itself. */
const BACKFILL_TIMEOUT_MS = 3_600_000;
/** A backfill that has more groups than that in memory goes on with files. */
const MEMORY_OF_GROUPS_BYTES = '1000000000';

/** Each shard counts what it has itself, and as one block, which is stored whole or not at all. */
const BACKFILL: ClickHouseSettings = {
  parallel_distributed_insert_select: '2',
  insert_distributed_sync: 1,
  max_bytes_before_external_group_by: MEMORY_OF_GROUPS_BYTES,
};

/** Statements about windows, one after the other. Failures are told in the words of the ports. */
export class WindowSession {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly options: WindowSessionOptions,
  ) {}

  async rows<T>(query: string, query_params: Readonly<Record<string, unknown>> = {}): Promise<T[]> {
    try {
      const client = await this.connection.client();
      const result = await client.query({
        query,
        query_params,
        format: 'JSONEachRow',
        abort_signal: AbortSignal.timeout(this.options.statementTimeoutMs),
      });
      return await result.json<T>();
    } catch (cause) {
      throw translateFailure(cause, 'windows of events');
    }
  }

  /** Changes of definitions, and of rows (`mutations_sync`), are complete when it answers. */
  async run(statements: readonly string[]): Promise<void> {
    const settings = { mutations_sync: '2', lightweight_deletes_sync: '2' } as const;
    for (const query of statements) await this.command(query, this.options.statementTimeoutMs, settings);
  }

  async backfill(statements: readonly string[]): Promise<void> {
    for (const query of statements) await this.command(query, BACKFILL_TIMEOUT_MS, BACKFILL);
  }

  /**
   * Waits until every insert into the table of events that is under way now has ended: whatever feeds were attached or
   * changed before, those that come later know it.
   *
   * @throws PenstockError `pipeline.busy` when one takes longer than an insert may
   */
  async settle(source: string): Promise<void> {
    const deadline = Date.now() + this.options.insertTimeoutMs;
    let waiting = await this.inserts(source);
    while (waiting.length > 0) {
      if (Date.now() > deadline) {
        const message = `Inserts into the table ${source} are under way for longer than an insert may take.`;
        throw new PenstockError('pipeline.busy', message, { retryAfterMs: BUSY_RETRY_MS });
      }
      await sleep(SETTLE_POLL_MS);
      const running = new Set(await this.inserts(source));
      waiting = waiting.filter((id) => running.has(id));
    }
  }

  private async inserts(source: string): Promise<string[]> {
    const { cluster } = this.options;
    const all =
      cluster === undefined ? 'system.processes' : `clusterAllReplicas(${quoteString(cluster)}, system.processes)`;
    const found = await this.rows<{ query_id: string }>(
      `SELECT query_id FROM ${all} WHERE query_kind IN ('Insert', 'AsyncInsertFlush') AND position(query, {source: String}) > 0`,
      { source },
    );
    return found.map(({ query_id }) => query_id);
  }

  private async command(query: string, timeoutMs: number, settings: ClickHouseSettings): Promise<void> {
    try {
      const client = await this.connection.client();
      await client.command({
        query,
        clickhouse_settings: { ...settings, wait_end_of_query: 1 },
        abort_signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (cause) {
      throw definitionFault(cause) ?? translateFailure(cause, 'the windows of events');
    }
  }
}
