import { PenstockError } from '../../src/domain/errors.js';
import type { Aggregation, DomainConfig } from '../../src/domain/event-pipelines/domain-config.js';
import type {
  AggregateWindows,
  DeployStep,
  LateEvent,
  WindowPage,
  WindowRow,
  WindowsWanted,
} from '../../src/domain/ports/aggregate-windows.port.js';

/** Windows that a test sets itself, to decide what changes when, and when the warehouse is away. */
export class MemoryWindows implements AggregateWindows {
  isAway = false;
  /** Rounds of changes that were begun. */
  rounds = 0;
  private readonly rows = new Map<string, WindowRow>();

  set(aggregation: string, row: Partial<WindowRow> & Pick<WindowRow, 'startMs' | 'value'>): WindowRow {
    const full = { endMs: row.startMs + 60_000, group: {}, events: 1, changedAtMs: Date.now(), ...row };
    this.rows.set(`${aggregation} ${row.startMs} ${JSON.stringify(full.group)}`, full);
    return full;
  }

  clear(): void {
    this.rows.clear();
  }

  async windows(_: DomainConfig, { name }: Aggregation, wanted: WindowsWanted): Promise<WindowPage> {
    const { fromMs = 0, toMs = Number.POSITIVE_INFINITY, limit, cursor = '0' } = wanted;
    const all = this.of(name)
      .filter(({ startMs }) => startMs >= fromMs && startMs < toMs)
      .sort((a, b) => a.startMs - b.startMs);
    const end = Number(cursor) + limit;
    return { rows: all.slice(Number(cursor), end), ...(end < all.length && { next: String(end) }) };
  }

  async changes(
    _: DomainConfig,
    { name }: Aggregation,
    since: number | WindowRow,
    limit: number,
  ): Promise<WindowRow[]> {
    const ordered = this.of(name).sort((a, b) => a.changedAtMs - b.changedAtMs);
    if (typeof since === 'number') {
      this.rounds += 1;
      return ordered.filter(({ changedAtMs }) => changedAtMs >= since).slice(0, limit);
    }
    return ordered.slice(ordered.indexOf(since) + 1).slice(0, limit);
  }

  async late(): Promise<LateEvent[]> {
    return [];
  }

  async plan(): Promise<DeployStep[]> {
    return [];
  }

  async deploy(): Promise<DeployStep[]> {
    return [];
  }

  async remove(): Promise<void> {
    this.clear();
  }

  private of(aggregation: string): WindowRow[] {
    if (this.isAway) throw new PenstockError('warehouse.unreachable', 'ClickHouse did not answer.');
    return [...this.rows].filter(([key]) => key.startsWith(`${aggregation} `)).map(([, row]) => row);
  }
}
