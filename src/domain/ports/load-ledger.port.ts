import type { IdRun } from '../warehouse-loading/id-runs.js';
import type { InsertReceipt } from './warehouse-tables.port.js';

/** What is kept of a load that had an idempotency key. */
export interface LoadRecord {
  /** Of its rows and of what was to become of conflicts; hexadecimal. */
  readonly digest: string;
  readonly receipt: InsertReceipt;
  /** `pending`: whether the rows were stored is not known. */
  readonly state: 'pending' | 'done';
  /** Of what is pending: the name the engine knows its rows by. */
  readonly token?: string;
}

/** The load of one table, while no other has its turn. */
export interface LoadTurn {
  /** Ids that nobody else gets, in rising order. */
  takeIds(rows: number): Promise<readonly IdRun[]>;
  find(idempotencyKey: string): Promise<LoadRecord | undefined>;
  /** Kept at once, whatever becomes of the turn; replaces what was kept under the key. */
  keep(idempotencyKey: string, record: LoadRecord): Promise<void>;
  /** What is pending is not stored, for certain. */
  forget(idempotencyKey: string): Promise<void>;
}

/**
 * What an engine without transactions lacks: turns, ids and a memory of loads.
 * Every adapter passes test/contracts/load-ledger.contract.ts against a real engine.
 */
export abstract class LoadLedger {
  /**
   * Runs `work` while nobody else has the turn of the table; a turn ends with its process too.
   *
   * @throws PenstockError `database.unreachable`, `database.busy` when the turn did not come in time; the reason of `signal`
   */
  abstract inTurn<T>(table: string, work: (turn: LoadTurn) => Promise<T>, signal?: AbortSignal): Promise<T>;
}
