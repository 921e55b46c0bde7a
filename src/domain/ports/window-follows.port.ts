import type { AlertEvaluation, AlertRecord } from '../event-pipelines/window-alerts.js';
import type { WindowState, WindowTable } from '../event-pipelines/window-table.js';

/** The right to follow the windows of a domain; `fence` grows with every holder. */
export interface FollowLease {
  readonly domain: string;
  readonly fence: string;
  readonly leaseMs: number;
}

/** How far the changes of an aggregation were followed. */
export interface FollowPosition {
  readonly domain: string;
  readonly aggregation: string;
  /** Of the definition they were followed under. */
  readonly fingerprint: string;
  /** All windows that there were at the beginning have been read. */
  readonly isFilled: boolean;
  /** Of the page of windows to be read next, while they are. */
  readonly fillCursor?: string;
  /** The latest change that was followed, by the warehouse's clock. */
  readonly toldMs: number;
  /** Windows whose end and lateness were over by then have been looked at for the alerts that wait for it. */
  readonly decidedMs: number;
}

/** Windows that changed, with the position behind them. */
export interface FollowedPage {
  readonly position: FollowPosition;
  /** Where they are upserted; unset: nowhere. */
  readonly table?: WindowTable;
  readonly windows: readonly { readonly state: WindowState; readonly groupKey: string }[];
  readonly evaluations: readonly AlertEvaluation[];
  readonly nowMs: number;
}

export interface FollowReceipt {
  /** Windows of the page that were new or newer than those in the table. */
  readonly written: number;
  /** Alerts that began or ceased to fire with it. */
  readonly changes: readonly AlertRecord[];
}

/**
 * Who follows the changed windows of a domain, how far, and what came of it. One process follows a domain at a time; what
 * an earlier holder writes is refused. A lease ends by the clock of the store. Every adapter passes
 * test/contracts/window-follows.contract.ts.
 *
 * @throws PenstockError `lease.lost` when somebody else follows the domain by now (nothing was written); `table.exists`
 *   when a table of the name is somebody else's, `database.refused` when PostgreSQL does not allow what is needed;
 *   `database.unreachable`, `database.busy`
 */
export abstract class WindowFollows {
  /** Takes or renews the lease. @returns undefined while somebody else holds it */
  abstract take(domain: string, holder: string, leaseMs: number): Promise<FollowLease | undefined>;

  /** Gives the lease back, so that somebody else takes it at once. */
  abstract release(lease: FollowLease): Promise<void>;

  /** Of one domain, or of all. */
  abstract positions(domain?: string): Promise<FollowPosition[]>;

  /** Makes the table, or empties the one that is there, and keeps the position: all of it or nothing. */
  abstract begin(lease: FollowLease, position: FollowPosition, table: WindowTable | undefined): Promise<void>;

  /** Upserts windows, newest wins; takes alerts on; keeps the position: all of it or nothing. Renews the lease. */
  abstract write(lease: FollowLease, page: FollowedPage): Promise<FollowReceipt>;

  /** Forgets the positions of all aggregations but these. Their tables stay as they are. */
  abstract retire(lease: FollowLease, kept: readonly string[]): Promise<void>;
}
