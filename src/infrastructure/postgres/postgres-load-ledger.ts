import type { PoolClient } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import type { LoadLedger, LoadRecord, LoadTurn } from '../../domain/ports/load-ledger.port.js';
import { dwhTable } from '../../domain/warehouse-loading/dwh-tables.js';
import type { IdRun } from '../../domain/warehouse-loading/id-runs.js';
import type { WarehouseEngine } from '../../domain/warehouse-loading/warehouse-engine.js';
import { answered } from './answered.js';
import { LoadQueue, tableBusy } from './load-queue.js';
import { LoadReceipts } from './load-receipts.js';
import { isUnreachable, sqlState } from './migration-session.js';
import { takeIds } from './id-stock.js';
import type { PostgresPool } from './postgres-pool.js';

export interface LoadLedgerLimits {
  readonly statementTimeoutMs: number;
  readonly idempotencyKeptMs: number;
}

/** Ended by the limit of statements, which is as long as a turn is waited for. */
const QUERY_CANCELED = '57014';

const LOCK = "hashtextextended('penstock load ' || $1 || ' ' || $2, 0)";

/** Turns are advisory locks, ids those of the table's sequence in PostgreSQL; what is kept is in `penstock.load_receipt`. */
export class PostgresLoadLedger implements LoadLedger {
  private readonly queue: LoadQueue;

  constructor(
    private readonly pool: PostgresPool,
    private readonly engine: WarehouseEngine,
    private readonly limits: LoadLedgerLimits,
  ) {
    this.queue = new LoadQueue(limits.statementTimeoutMs);
  }

  inTurn<T>(table: string, work: (turn: LoadTurn) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.queue.run(table, () => this.inSession(table, work, signal), signal);
  }

  private inSession<T>(table: string, work: (turn: LoadTurn) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { statementTimeoutMs } = this.limits;
    let failure: { readonly cause: unknown } | undefined;
    const held = this.pool.session(
      async (client) => {
        await this.lock(client, table);
        try {
          return await work(this.turnOf(client, table));
        } catch (cause) {
          failure = { cause };
          throw cause;
        } finally {
          await answered(
            client.query(`SELECT pg_advisory_unlock(${LOCK})`, [this.engine, table]),
            statementTimeoutMs,
          ).catch(
            () => client.release(true), // with the connection goes the lock
          );
        }
      },
      { statementTimeoutMs, signal },
    );
    return held.catch((cause: unknown) => {
      throw failure === undefined ? cause : failure.cause;
    });
  }

  private async lock(client: PoolClient, table: string): Promise<void> {
    try {
      await answered(
        client.query(`SELECT pg_advisory_lock(${LOCK})`, [this.engine, table]),
        this.limits.statementTimeoutMs,
      );
    } catch (cause) {
      if (sqlState(cause) !== QUERY_CANCELED) throw cause;
      throw tableBusy(cause);
    }
  }

  private turnOf(client: PoolClient, table: string): LoadTurn {
    const { statementTimeoutMs, idempotencyKeptMs } = this.limits;
    const receipts = new LoadReceipts(client, { engine: this.engine, table }, idempotencyKeptMs);
    const within = <T>(statement: Promise<T>): Promise<T> => answered(statement, statementTimeoutMs).catch(explain);
    return {
      takeIds: (rows: number): Promise<readonly IdRun[]> => within(takeIds(client, dwhTable(table), rows)),
      find: (key: string): Promise<LoadRecord | undefined> => within(receipts.find(key)),
      keep: async (key: string, record: LoadRecord): Promise<void> => {
        await within(receipts.sweep());
        await within(receipts.keep(key, record));
      },
      forget: (key: string): Promise<void> => within(receipts.forget(key)),
    };
  }
}

/** Adapters of other engines do not know the errors of this one. */
function explain(cause: unknown): never {
  if (cause instanceof PenstockError) throw cause;
  if (isUnreachable(cause) || sqlState(cause) === '') {
    throw new PenstockError('database.unreachable', 'PostgreSQL went away during a load.', { cause });
  }
  throw new PenstockError('internal.defect', `The record of loads was refused (SQLSTATE ${sqlState(cause)}).`, {
    cause,
  });
}
