/** The named limits of loading rows into the warehouse tables, from the settings. */
export abstract class LoadLimits {
  /** Rows of one write. */
  abstract readonly maxRowsPerInsert: number;
  /** Bytes of one write, and so of one row. */
  abstract readonly maxWriteBatchBytes: number;
  /** Bytes of rows that come as one JSON value. */
  abstract readonly maxJsonBytes: number;
  /** How long a load is remembered by its idempotency key. */
  abstract readonly idempotencyKeptMs: number;
}
