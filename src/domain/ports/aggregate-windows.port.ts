import type { Aggregation, DomainConfig } from '../event-pipelines/domain-config.js';

/** One window of one group, as it is now. */
export interface WindowRow {
  readonly startMs: number;
  /** First millisecond behind it. */
  readonly endMs: number;
  /** By the names of `groupBy`; null for an event without the field. */
  readonly group: Readonly<Record<string, string | null>>;
  /**
   * Decimal text, so that no digit is lost: exact, but for sums and averages of doubles, and averages of whole numbers that
   * do not end within ten places. Null for a sum or an average of a window in which no event has the field.
   */
  readonly value: string | null;
  /** Events counted. */
  readonly events: number;
  /** When it last changed, milliseconds since the epoch. */
  readonly changedAtMs: number;
}

/** An event that came when its window was closed already. */
export interface LateEvent {
  readonly eventId: string;
  readonly timestampMs: number;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** How far the watermark had passed the end of the window and the allowed lateness. */
  readonly latenessMs: number;
}

export interface WindowsWanted {
  /** Of the start of the window; `fromMs <= start < toMs`. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Only these groups. */
  readonly group?: Readonly<Record<string, string>>;
  readonly limit: number;
  /** Opaque; of the page before. */
  readonly cursor?: string;
}

export interface WindowPage {
  readonly rows: readonly WindowRow[];
  readonly next?: string;
}

/** A step that brings the warehouse to what the domain says; `statement` is what will be run. */
export interface DeployStep {
  readonly kind: 'create' | 'replace' | 'backfill' | 'remove' | 'keep';
  readonly aggregation: string;
  readonly statement?: string;
}

/**
 * Windowed aggregates, kept by the warehouse itself with each insert into the tables of events. Every adapter passes
 * test/contracts/aggregate-windows.contract.ts.
 *
 * @throws PenstockError `warehouse.unreachable`, `warehouse.refused`; `aggregation.unknown` where it is not deployed
 */
export abstract class AggregateWindows {
  /** What `deploy` would do, also where the tables of events are not there yet. @throws `aggregation.invalid` */
  abstract plan(domain: DomainConfig): Promise<DeployStep[]>;

  /**
   * Makes, replaces (with a backfill from the table of events) and removes what differs; the tables of events are there
   * already. Safe to repeat, also after it was cut off, and while events go on being inserted.
   *
   * @throws `aggregation.invalid`, `table.unknown` (of events), `table.exists` (a stranger's): before anything is done
   */
  abstract deploy(domain: DomainConfig): Promise<DeployStep[]>;

  /** Removes all aggregates of a domain; the events stay. */
  abstract remove(domainName: string): Promise<void>;

  /** Windows in order of start and group. */
  abstract windows(domain: DomainConfig, aggregation: Aggregation, wanted: WindowsWanted): Promise<WindowPage>;

  /**
   * Windows in order of their last change, then start and group: those that changed at or behind a moment, or those
   * behind a row that was told. A round asks from a moment on, then page by page behind the last row, until a page has
   * fewer than `limit`; a change may be told twice, and is never left out as long as the next round begins no later than
   * the last change told minus `CHANGE_OVERLAP_MS`.
   */
  abstract changes(
    domain: DomainConfig,
    aggregation: Aggregation,
    since: number | WindowRow,
    limit: number,
  ): Promise<WindowRow[]>;

  /** Late events, latest first. */
  abstract late(domain: DomainConfig, aggregation: Aggregation, limit: number): Promise<LateEvent[]>;
}

/** How long an insert may take between the time it writes into a window and the time that others see it. */
export const CHANGE_OVERLAP_MS = 60_000;
