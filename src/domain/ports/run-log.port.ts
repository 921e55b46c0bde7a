import type { RunLogEntry } from '../workflow-gateway/run-log-entry.js';

export interface ReadRunLog {
  /** Only entries of this type. */
  readonly type?: string;
  /** Entries answered at most. */
  readonly limit: number;
  /** `next` of the page before, or of `end`. */
  readonly after?: string;
}

export interface RunLogPage {
  readonly entries: readonly RunLogEntry[];
  /** Continues the log; absent when this page reaches its present end. */
  readonly next?: string;
  /** Behind the last entry that was looked at, of any type; what is written later is found after it. */
  readonly end?: string;
}

/** An entry to be written. The same id again changes nothing: a repeated append leaves one entry. */
export interface NewRunLogEntry extends RunLogEntry {
  /** Unique within the run, and sorts as the entries are to be read. */
  readonly entryId: string;
}

/**
 * What workflow runs say about themselves: one item an entry, so that no run gets too long for its log. Logs in the form of
 * one item a run, with all entries in a list, are read, too. Every adapter passes test/contracts/run-log.contract.ts.
 *
 * @throws PenstockError `store.unreachable`, `cursor.invalid`
 */
export abstract class RunLog {
  /** In the order of the entries' ids; nothing for a run that has written nothing. */
  abstract read(runId: string, request: ReadRunLog): Promise<RunLogPage>;

  /**
   * Entries are kept until `expiresAtMs`, and may go any time after it.
   *
   * @throws PenstockError `run-log.read-only` where the table keeps one item a run
   */
  abstract append(runId: string, entries: readonly NewRunLogEntry[], expiresAtMs: number): Promise<void>;
}
