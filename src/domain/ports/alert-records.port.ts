import type { AlertRecord, AlertState } from '../event-pipelines/window-alerts.js';
import type { FollowLease } from './window-follows.port.js';

export interface AlertsWanted {
  readonly domain: string;
  readonly state?: AlertState;
  readonly alert?: string;
  readonly limit: number;
  /** Opaque; of the page before. */
  readonly cursor?: string;
}

export interface AlertPage {
  readonly records: readonly AlertRecord[];
  readonly next?: string;
}

/** How many windows an alert fires for. */
export interface FiringCount {
  readonly alert: string;
  readonly severity: AlertRecord['severity'];
  readonly windows: number;
}

/**
 * The alerts of windows, as `WindowFollows.write` keeps them. Every adapter passes
 * test/contracts/window-follows.contract.ts.
 *
 * @throws PenstockError `database.unreachable`
 */
export abstract class AlertRecords {
  /** Those that fired last first; what fires meanwhile does not shift pages. @throws PenstockError `cursor.invalid` */
  abstract list(wanted: AlertsWanted): Promise<AlertPage>;

  abstract firing(domain: string): Promise<FiringCount[]>;

  /**
   * Resolves what fires for windows that have passed, and for alerts that are not among `alerts` any more.
   *
   * @returns what was resolved, a bounded number of them at a time
   * @throws PenstockError `lease.lost`
   */
  abstract pass(lease: FollowLease, alerts: readonly string[], nowMs: number): Promise<AlertRecord[]>;

  /** Removes resolved records that are older than this, and the oldest beyond so many of the domain. @returns how many */
  abstract sweep(domain: string, resolvedBeforeMs: number, most: number): Promise<number>;
}
