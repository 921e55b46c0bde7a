import { PenstockError } from '../../../domain/errors.js';
import type { DeadLetters } from '../../../domain/ports/dead-letters.port.js';
import type { StreamTables } from '../../../domain/ports/stream-tables.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import type { PendingRange } from '../../../domain/stream-onboarding/lease.js';
import { batchToken } from '../../../domain/stream-onboarding/record-range.js';
import type { BatchRow, CopyBatch } from './copy-batch.js';
import { isRejection } from './persist.js';
import { toDeadLetter } from './record-framer.js';
import { type Sifted, siftUnknownFields } from './unknown-fields.js';

/** One range of one shard, to be stored once. */
export interface Landing {
  readonly connector: Connector;
  readonly shardId: string;
  readonly range: PendingRange;
  readonly batch: CopyBatch;
  readonly signal: AbortSignal;
  /** Repeats a step until it succeeds; engines that are away cost time, not records. */
  readonly persist: <T>(action: () => Promise<T>) => Promise<T>;
  /** @throws PenstockError `lease.lost` when somebody else copies the shard now */
  readonly confirm: () => Promise<void>;
}

export interface Landed {
  readonly rows: number;
  readonly bytes: number;
  readonly deadLetters: number;
}

/** What is wrong with some rows, and what is left to store. */
interface Rows {
  readonly rows: readonly BatchRow[];
  readonly deadLetters: number;
}

/** Rounds of taking out or mending rows before a batch that is still rejected is left waiting, with its reason. */
const MOST_ROUNDS = 8;

/** Of these rounds, those that may still add columns. */
const MOST_EVOLUTIONS = 4;

/**
 * Brings a batch into its table, and the records that do not fit into the dead letters. Dead letters are written before
 * the insert, so a repetition after a death leaves out at least what the first try left out; the token makes the rest
 * land once.
 */
export class BatchStore {
  constructor(
    private readonly tables: StreamTables,
    private readonly deadLetters: DeadLetters,
  ) {}

  /** Positions of the range that are dead letters already, from a try before. */
  knownLetters(connectorId: string, shardId: string, range: PendingRange): Promise<Set<string>> {
    return this.deadLetters.positions(connectorId, shardId, range.first, range.last);
  }

  async land(landing: Landing): Promise<Landed> {
    const { batch, persist } = landing;
    if (batch.letters.length > 0) await persist(() => this.deadLetters.add(batch.letters));
    let left: Rows = { rows: batch.rows, deadLetters: batch.known + batch.letters.length };
    for (let round = 0; left.rows.length > 0; round += 1) {
      const { rows } = left;
      const sifted = await persist(() => this.insertOrSift(landing, rows, round));
      if (sifted === undefined) break;
      left = await this.takeOut(landing, left, sifted);
    }
    return { rows: left.rows.length, bytes: batch.bytes, deadLetters: left.deadLetters };
  }

  /**
   * One step, repeated as a whole: what is wrong with rows is only true of the table as it was at their insert.
   *
   * @returns undefined when the rows are stored
   */
  private async insertOrSift(landing: Landing, rows: readonly BatchRow[], round: number): Promise<Sifted | undefined> {
    if (await this.inserted(landing, rows)) return undefined;
    const sifted = await this.findFault(landing, rows, round);
    if (sifted !== undefined) return sifted;
    // The table was altered between the insert and the look: another shard has found the same new field, say.
    if (await this.inserted(landing, rows)) return undefined;
    throw refusal('is rejected, though each of its rows fits');
  }

  /** @returns false when rows of the batch do not fit the table */
  private async inserted(landing: Landing, rows: readonly BatchRow[]): Promise<boolean> {
    try {
      await this.tables.insert(this.rowBatch(landing, rows), landing.signal);
      return true;
    } catch (cause) {
      if (isRejection(cause)) return false;
      throw cause;
    }
  }

  private async takeOut(landing: Landing, left: Rows, sifted: Sifted): Promise<Rows> {
    const { connector, shardId, persist, confirm } = landing;
    const letters = sifted.rejected.map(({ row, ...why }) => toDeadLetter(connector.id, shardId, row.record, why));
    if (letters.length > 0) {
      // The next owner may have stored these rows meanwhile, into a table that was altered: they are its business then.
      await persist(confirm);
      await persist(() => this.deadLetters.add(letters));
    }
    return { rows: sifted.rows, deadLetters: left.deadLetters + letters.length };
  }

  /**
   * Unknown fields first, as the policy says; only then rows the warehouse itself points out.
   *
   * @returns undefined when nothing is wrong
   */
  private async findFault(landing: Landing, rows: readonly BatchRow[], round: number): Promise<Sifted | undefined> {
    if (round >= MOST_ROUNDS) throw refusal('is still rejected after its rows were mended');
    const table = await this.tables.find(landing.connector.target);
    if (table === undefined) throw new PenstockError('table.unknown', 'The table is gone.');
    // A column that cannot be added after all (one that is computed, say) must not be tried for ever.
    const { onNewField } = landing.connector;
    const policy = onNewField === 'evolve' && round >= MOST_EVOLUTIONS ? 'reject' : onNewField;
    const unknown = siftUnknownFields(rows, table.columns, policy);
    if (unknown !== undefined) {
      if (unknown.addColumns.length > 0) await this.tables.addColumns(landing.connector.target, unknown.addColumns);
      return unknown;
    }
    const rejected = await this.tables.findRejected(this.rowBatch(landing, rows), landing.signal);
    return rejected.length === 0 ? undefined : withoutRejected(rows, rejected);
  }

  private rowBatch({ connector, shardId, range }: Landing, rows: readonly BatchRow[]) {
    return {
      table: connector.target,
      token: batchToken(connector.streamName, shardId, range),
      lines: rows.map(({ line }) => line),
      skipUnknownFields: connector.onNewField === 'ignore',
    };
  }
}

function withoutRejected(
  rows: readonly BatchRow[],
  rejected: readonly {
    readonly index: number;
    readonly code: string;
    readonly column?: string;
    readonly reason: string;
  }[],
): Sifted {
  const out = new Set(rejected.map(({ index }) => index));
  return {
    rows: rows.filter((_, index) => !out.has(index)),
    rejected: rejected.flatMap(({ index, ...why }) => {
      const row = rows[index];
      return row === undefined ? [] : [{ row, ...why }];
    }),
    addColumns: [],
  };
}

function refusal(what: string): PenstockError {
  return new PenstockError('warehouse.refused', `The batch ${what}.`);
}
