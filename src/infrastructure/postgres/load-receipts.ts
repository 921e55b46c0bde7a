import type { ClientBase } from 'pg';
import type { LoadRecord } from '../../domain/ports/load-ledger.port.js';
import type { IdRun } from '../../domain/warehouse-loading/id-runs.js';
import type { WarehouseEngine } from '../../domain/warehouse-loading/warehouse-engine.js';

interface ReceiptRow {
  readonly state: 'pending' | 'done';
  readonly digest: string;
  readonly receipt: {
    readonly count: number;
    readonly batches: number;
    readonly ids?: readonly IdRun[];
    /** Beside the receipt, so that the table needs no column for it. */
    readonly token?: string;
  };
}

/** Expired receipts removed with each load that has a key: more than come in. */
const SWEPT_AT_ONCE = 100;

const SWEEP = `
  DELETE FROM penstock.load_receipt WHERE (engine, table_name, idempotency_key) IN (
    SELECT engine, table_name, idempotency_key FROM penstock.load_receipt
    WHERE expires_at < now() ORDER BY expires_at LIMIT ${SWEPT_AT_ONCE} FOR UPDATE SKIP LOCKED)`;

const OWN = 'engine = $1 AND table_name = $2 AND idempotency_key = $3';

/** The receipts of one table on one engine, in `penstock.load_receipt`. */
export class LoadReceipts {
  constructor(
    private readonly client: ClientBase,
    private readonly place: { readonly engine: WarehouseEngine; readonly table: string },
    private readonly keptMs: number,
  ) {}

  /**
   * Takes a key that nobody has; until the transaction ends, whoever else asks for it waits.
   *
   * @returns false when somebody has it
   */
  async claim(key: string): Promise<boolean> {
    await this.sweep();
    await this.client.query(`DELETE FROM penstock.load_receipt WHERE ${OWN} AND expires_at < now()`, this.own(key));
    const { rowCount } = await this.client.query(
      `INSERT INTO penstock.load_receipt (engine, table_name, idempotency_key, state, digest, receipt, expires_at)
       VALUES ($1, $2, $3, 'pending', '', '{}', now() + $4 * interval '1 millisecond') ON CONFLICT DO NOTHING`,
      [...this.own(key), this.keptMs],
    );
    return rowCount === 1;
  }

  async sweep(): Promise<void> {
    await this.client.query(SWEEP);
  }

  async find(key: string): Promise<LoadRecord | undefined> {
    const { rows } = await this.client.query<ReceiptRow>(
      `SELECT state, digest, receipt FROM penstock.load_receipt WHERE ${OWN} AND expires_at >= now()`,
      this.own(key),
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const { state, digest } = row;
    const { token, ...receipt } = row.receipt;
    return { state, digest, receipt: { ...receipt, ids: receipt.ids }, ...(token !== undefined && { token }) };
  }

  async keep(key: string, { state, digest, receipt, token }: LoadRecord): Promise<void> {
    await this.client.query(
      `INSERT INTO penstock.load_receipt (engine, table_name, idempotency_key, state, digest, receipt, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 millisecond')
       ON CONFLICT (engine, table_name, idempotency_key) DO UPDATE
       SET state = EXCLUDED.state, digest = EXCLUDED.digest, receipt = EXCLUDED.receipt, expires_at = EXCLUDED.expires_at`,
      [...this.own(key), state, digest, JSON.stringify({ ...receipt, token }), this.keptMs],
    );
  }

  async forget(key: string): Promise<void> {
    await this.client.query(`DELETE FROM penstock.load_receipt WHERE ${OWN}`, this.own(key));
  }

  private own(key: string): string[] {
    return [this.place.engine, this.place.table, key];
  }
}
