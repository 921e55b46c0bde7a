import type { Aggregation, DomainConfig } from '../../../domain/event-pipelines/domain-config.js';
import { groupKeyOf } from '../../../domain/event-pipelines/window-table.js';
import {
  type AggregateWindows,
  CHANGE_OVERLAP_MS,
  type WindowRow,
} from '../../../domain/ports/aggregate-windows.port.js';

/** A window, by the key of its group. */
export interface FollowedWindow {
  readonly state: WindowRow;
  readonly groupKey: string;
}

/** Changes asked for at once. */
const PAGE_ROWS = 5000;
/** Windows remembered at most; one that was forgotten is told again. */
const MOST_REMEMBERED = 100_000;

/** The changes of an aggregation from a moment on, each told once, round after round. */
export class ChangedWindows {
  private readonly told = new Map<string, string>();

  constructor(
    private readonly windows: AggregateWindows,
    private readonly domain: DomainConfig,
    private readonly aggregation: Aggregation,
    private toldMs: number,
  ) {}

  /**
   * What has changed by now, page by page, oldest change first. A round begins before the last change told, because inserts
   * that began earlier may be seen later; what was told already is left out.
   */
  async *round(signal?: AbortSignal): AsyncGenerator<readonly FollowedWindow[], void, undefined> {
    let since: number | WindowRow = this.toldMs - CHANGE_OVERLAP_MS;
    for (;;) {
      const rows: readonly WindowRow[] = await this.windows.changes(this.domain, this.aggregation, since, PAGE_ROWS);
      const last = rows.at(-1);
      if (last === undefined || signal?.aborted === true) return;
      const fresh = this.freshOf(rows);
      if (fresh.length > 0) yield fresh;
      // Only now: who reads a page and fails gets it again with the next round.
      this.remember(fresh);
      this.toldMs = Math.max(this.toldMs, last.changedAtMs);
      if (rows.length < PAGE_ROWS) return this.forget();
      since = last;
    }
  }

  private freshOf(rows: readonly WindowRow[]): FollowedWindow[] {
    return rows
      .map((state) => ({ state, groupKey: groupKeyOf(this.aggregation, state.group) }))
      .filter((window) => this.told.get(keyOf(window)) !== versionOf(window));
  }

  private remember(windows: readonly FollowedWindow[]): void {
    for (const window of windows) {
      this.told.delete(keyOf(window)); // the newest are the last
      this.told.set(keyOf(window), versionOf(window));
    }
    for (const key of this.told.keys()) {
      if (this.told.size <= MOST_REMEMBERED) return;
      this.told.delete(key);
    }
  }

  /** What no round will ask for any more. */
  private forget(): void {
    const fromMs = this.toldMs - CHANGE_OVERLAP_MS;
    for (const [key, version] of this.told) if (Number.parseInt(version, 10) < fromMs) this.told.delete(key);
  }
}

const keyOf = ({ state, groupKey }: FollowedWindow): string => `${state.startMs} ${groupKey}`;
const versionOf = ({ state: { changedAtMs, events, value } }: FollowedWindow): string =>
  `${changedAtMs} ${events} ${value ?? ''}`;
