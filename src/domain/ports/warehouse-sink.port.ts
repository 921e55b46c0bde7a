import type { ColumnMapping } from '../event-pipelines/column-mapping.js';
import type { SinkEngine, SinkSchema } from '../event-pipelines/sink-schema.js';
import type { StatementParameters, StatementRows } from '../workflow-gateway/guarded-statement.js';

/** A row as it came: JSON's values, objects in it included. */
export type SinkRow = Readonly<Record<string, unknown>>;

export interface SinkBatch {
  /** The same id, the same table: written once. */
  readonly batchId: string;
  /** `table`, or `namespace.table`. */
  readonly table: string;
  /** Unset: fields go to the columns of their names. */
  readonly columnMapping?: ColumnMapping;
  readonly signal?: AbortSignal;
}

/**
 * Tables that batches are written to. Every adapter passes test/contracts/warehouse-sink.contract.ts on a real engine.
 *
 * PostgreSQL writes a batch as a whole or not at all, remembers its id in the same transaction, and replaces rows of the
 * same primary key. ClickHouse adds rows, in inserts of at most `MAX_CHUNK_ROWS` that it deduplicates by token: a batch of
 * more that was cut off is complete once it was repeated.
 *
 * @throws PenstockError `identifier.invalid`, `table.unknown`; `database.unreachable`, `database.refused`, `query.timeout`,
 *   `warehouse.unreachable`, `warehouse.refused`
 */
export abstract class WarehouseSink {
  abstract readonly engine: SinkEngine;

  /** Makes the table; one that is there with the same columns is right. @throws `schema.invalid`, `table.exists`, `database.unknown` */
  abstract createTable(table: string, schema: SinkSchema): Promise<void>;

  /**
   * Writes rows, once for each batch id.
   *
   * @returns the rows of the batch, also when it was there already
   * @throws `rows.rejected` with faults by row and column, without values; `idempotency-key.reused` where the engine can
   *   tell that other rows had the id
   */
  abstract writeBatch(rows: readonly SinkRow[], batch: SinkBatch): Promise<number>;

  /** One reading statement within the guard of the house. @throws what `GuardedStatements.read` does */
  abstract query(sql: string, parameters?: StatementParameters, signal?: AbortSignal): Promise<StatementRows>;

  /** Whether the engine answers; makes the database (ClickHouse) or schema (PostgreSQL) where it is not there. @returns whether it did */
  abstract healthCheck(namespace?: string): Promise<boolean>;
}

/** Rows of one write at most. */
export const MAX_CHUNK_ROWS = 10_000;
/** Rows of one batch at most. */
export const MAX_BATCH_ROWS = 1_000_000;

/** The sinks of every engine, as the application holds them. */
export class WarehouseSinks {
  constructor(private readonly sinks: Readonly<Record<SinkEngine, WarehouseSink>>) {}

  of(engine: SinkEngine): WarehouseSink {
    return this.sinks[engine];
  }
}
