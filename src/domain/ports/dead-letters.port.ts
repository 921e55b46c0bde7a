import type { DeadLetter, DeadLetterState } from '../stream-onboarding/dead-letter.js';

/** A dead letter as kept, with its place in the store (`id` grows with time and is the cursor). */
export interface StoredDeadLetter extends DeadLetter {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly recordedAtMs: number;
  /** Of the replay that claimed it; the same replay repeated is the same token. */
  readonly replayToken?: string;
}

export interface DeadLetterPage {
  readonly letters: readonly StoredDeadLetter[];
  /** Pass as `after` for the next page; undefined at the end. */
  readonly next?: string;
}

/** Which letters: all open ones of the connector, or those with the given ids. */
export interface DeadLetterSelection {
  readonly connectorId: string;
  readonly ids?: readonly string[];
}

export interface DeadLetterQuery {
  readonly connectorId: string;
  readonly state?: DeadLetterState;
  readonly after?: string;
  readonly limit: number;
}

/** How a replay ended, letter by letter. */
export interface DeadLetterSettlement {
  readonly replayed: readonly string[];
  /** With what is wrong with them now. */
  readonly reopened: readonly {
    readonly id: string;
    readonly letter: Pick<DeadLetter, 'code' | 'column' | 'reason'>;
  }[];
}

/**
 * Records that could not be stored. Durable once `add` answers; every adapter passes
 * test/contracts/dead-letters.contract.ts.
 *
 * @throws PenstockError `database.unreachable`
 */
export abstract class DeadLetters {
  /** Adds all letters or none; one that is there already (same connector, shard, position) stays as it is. */
  abstract add(letters: readonly DeadLetter[]): Promise<void>;

  /**
   * Positions (`sequence:sub`) of letters of a shard between two sequence numbers, both included, whatever their state,
   * and the code of each.
   */
  abstract positions(connectorId: string, shardId: string, first: string, last: string): Promise<Map<string, string>>;

  /** By `id`, oldest first; `state` undefined: all. */
  abstract list(query: DeadLetterQuery): Promise<DeadLetterPage>;

  /**
   * Claims up to `limit` open letters for a replay, or returns those of an unfinished replay first, in a stable order,
   * under one token that is theirs for good: a replay that died is repeated, never doubled. A letter that is not to be
   * part of the replay after all must be settled as reopened before the rest is stored under the token.
   */
  abstract claim(
    selection: DeadLetterSelection,
    limit: number,
  ): Promise<{ token: string; letters: StoredDeadLetter[] }>;

  /** Ends a claim: `replayed` letters are done, `reopened` ones are open again with their new reason. */
  abstract settle(token: string, settlement: DeadLetterSettlement): Promise<void>;

  /** Marks open letters as discarded. @returns how many */
  abstract discard(selection: DeadLetterSelection): Promise<number>;

  /** Deletes letters that were replayed or discarded before this time. @returns how many */
  abstract forget(settledBeforeMs: number): Promise<number>;
}
