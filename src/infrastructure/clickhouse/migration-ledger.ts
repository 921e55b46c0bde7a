import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { fitToServer } from './migration-file.js';
import type { LedgerEvent } from './migration-progress.js';

const CREATE_LEDGER = [
  `CREATE DATABASE IF NOT EXISTS penstock ON CLUSTER '{cluster}'`,
  `CREATE TABLE IF NOT EXISTS penstock.penstock_migration ON CLUSTER '{cluster}' (
     seq        UInt32,
     name       String,
     direction  Enum8('up' = 1, 'down' = 2),
     statement  UInt16,
     statements UInt16,
     event      Enum8('started' = 1, 'finished' = 2),
     checksum   String,
     at         DateTime64(3, 'UTC') DEFAULT now64(3)
   ) ENGINE = MergeTree ORDER BY seq`,
];

/** One log for the whole cluster, not one per shard: hence the path without {shard}, and the replica named by both. */
const LEDGER_ENGINE = `ReplicatedMergeTree('/clickhouse/tables/penstock/penstock_migration', '{shard}-{replica}')`;

/** On a cluster a row counts once most replicas have it, and a reader asks for all that counts. */
const CONSISTENT: ClickHouseSettings = {
  insert_quorum: 'auto',
  insert_quorum_parallel: 0,
  select_sequential_consistency: '1',
};

/** `penstock.penstock_migration`: what was started and what has finished. ClickHouse has no transactions, so both are rows. */
export class MigrationLedger {
  constructor(
    private readonly client: ClickHouseClient,
    private readonly cluster: string | undefined,
  ) {}

  /** Makes the ledger unless it is there. */
  async prepare(): Promise<void> {
    for (const statement of CREATE_LEDGER) {
      const engine = this.cluster === undefined ? 'MergeTree' : LEDGER_ENGINE;
      const query = fitToServer(
        statement.replace('ENGINE = MergeTree', () => `ENGINE = ${engine}`),
        this.cluster,
      );
      await this.client.command({ query });
    }
  }

  /** Every event, oldest first; none where the ledger was never made. */
  async events(): Promise<LedgerEvent[]> {
    if (!(await this.#exists())) return [];
    return this.#rows<LedgerEvent>(
      `SELECT seq, name, direction, statement, statements, event, checksum,
              toFloat64(toUnixTimestamp64Milli(at)) AS atMs
         FROM penstock.penstock_migration ORDER BY seq, at`,
    );
  }

  async add(event: Omit<LedgerEvent, 'seq' | 'atMs'>): Promise<void> {
    const [last] = await this.#rows<{ seq: number }>('SELECT max(seq) AS seq FROM penstock.penstock_migration');
    await this.client.insert({
      table: 'penstock.penstock_migration',
      values: [{ ...event, seq: (last?.seq ?? 0) + 1 }],
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, ...this.#consistency() },
    });
  }

  async #exists(): Promise<boolean> {
    const found = await this.#rows(
      `SELECT 1 AS found FROM system.tables WHERE database = 'penstock' AND name = 'penstock_migration'`,
    );
    return found.length > 0;
  }

  async #rows<T>(query: string): Promise<T[]> {
    const result = await this.client.query({ query, format: 'JSONEachRow', clickhouse_settings: this.#consistency() });
    return result.json<T>();
  }

  #consistency(): ClickHouseSettings {
    return this.cluster === undefined ? {} : CONSISTENT;
  }
}
