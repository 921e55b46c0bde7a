import type { DomainConfig } from '../event-pipelines/domain-config.js';

/** How far an aggregation has come. */
export interface WindowCount {
  readonly aggregation: string;
  /** The latest window there is starts then, milliseconds since the epoch; unset: there is none. */
  readonly lastWindowStartMs?: number;
  /** When a window changed last. */
  readonly changedAtMs?: number;
  /** Late events, each once for every window it was too late for. */
  readonly lateEvents: number;
}

/**
 * What operators look at of windows.
 *
 * @throws PenstockError `warehouse.unreachable`, `warehouse.refused`
 */
export abstract class WindowCounts {
  /** Of those of the domain's aggregations that are deployed. */
  abstract read(domain: DomainConfig): Promise<WindowCount[]>;
}
