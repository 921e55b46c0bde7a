import { PenstockError } from '../../../domain/errors.js';
import type { DeadLetters } from '../../../domain/ports/dead-letters.port.js';
import type { EventTables } from '../../../domain/ports/event-tables.port.js';
import type { StreamTables } from '../../../domain/ports/stream-tables.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import type { PendingRange } from '../../../domain/stream-onboarding/lease.js';
import type { BatchRow, CopyBatch } from './copy-batch.js';
import { isRejection } from './persist.js';
import { toDeadLetter } from './record-framer.js';
import { fieldsOfBatch, tokenOf, unstored } from './stored-events.js';
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
  /** Of events: those that were in the batch or in the table already. */
  readonly duplicates?: number;
}

/** What is left to store, and what became of the others. */
interface Rows {
  readonly rows: readonly BatchRow[];
  readonly deadLetters: number;
  readonly duplicates: number;
}

/** One try: the rows that were not in the table, and what is wrong with them; undefined: they are stored. */
interface Try {
  readonly rows: readonly BatchRow[];
  readonly sifted: Sifted | undefined;
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
    private readonly events: EventTables,
  ) {}

  /** Positions of the range that are dead letters already, from a try before, and their codes. */
  knownLetters(connectorId: string, shardId: string, range: PendingRange): Promise<Map<string, string>> {
    return this.deadLetters.positions(connectorId, shardId, range.first, range.last);
  }

  async land(landing: Landing): Promise<Landed> {
    const { batch, persist } = landing;
    if (batch.letters.length > 0) await persist(() => this.deadLetters.add(batch.letters));
    let left: Rows = {
      rows: batch.rows,
      deadLetters: batch.known + batch.letters.length,
      duplicates: batch.duplicates,
    };
    for (let round = 0; left.rows.length > 0; round += 1) {
      const { rows } = left;
      const tried = await persist(() => this.insertOrSift(landing, rows, round));
      left = { ...left, rows: tried.rows, duplicates: left.duplicates + rows.length - tried.rows.length };
      if (tried.sifted === undefined) break;
      left = await this.takeOut(landing, left, tried.sifted);
    }
    const { rows, deadLetters, duplicates } = left;
    const { events } = landing.connector;
    return { rows: rows.length, bytes: batch.bytes, deadLetters, ...(events === undefined ? {} : { duplicates }) };
  }

  /** One step, repeated as a whole: what is wrong with rows is only true of the table as it was at their insert. */
  private async insertOrSift(landing: Landing, all: readonly BatchRow[], round: number): Promise<Try> {
    const { connector, shardId, range, signal } = landing;
    const token = tokenOf(connector, shardId, range);
    const rows = await unstored(this.events, { connector, token, signal }, all);
    if (await this.inserted(landing, rows)) return { rows, sifted: undefined };
    const sifted = await this.findFault(landing, rows, round);
    if (sifted !== undefined) return { rows, sifted };
    // The table was altered between the insert and the look: another shard has found the same new field, say.
    if (await this.inserted(landing, rows)) return { rows, sifted: undefined };
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
    const letters = sifted.rejected.map(({ row: { record, event }, ...why }) =>
      toDeadLetter(connector.id, shardId, record, { ...why, ...(event && { watermarkMs: event.watermarkMs }) }),
    );
    if (letters.length > 0) {
      // The next owner may have stored these rows meanwhile, into a table that was altered: they are its business then.
      await persist(confirm);
      await persist(() => this.deadLetters.add(letters));
    }
    return { ...left, rows: sifted.rows, deadLetters: left.deadLetters + letters.length };
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
    const token = tokenOf(connector, shardId, range);
    return {
      table: connector.target,
      token,
      ...fieldsOfBatch(connector, token),
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
