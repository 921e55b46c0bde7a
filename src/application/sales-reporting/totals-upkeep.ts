import type { Clock } from '../../domain/ports/clock.port.js';
import type { Log } from '../../domain/ports/log.port.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import type { TotalsWanted } from '../../domain/ports/sales-reports.port.js';
import type { SalesTotals, UpkeepOutcome } from '../../domain/ports/sales-totals.port.js';
import { nameText } from '../../domain/sales-reporting/qualified-name.js';
import type { TotalsPolicy } from '../../domain/sales-reporting/totals-policy.js';

/** Whoever asks again within this time is not heard: a table that is written to all the time would never rest. */
const PAUSE_MS = 2000;
/** After a failure, or where nothing can be done, the pause doubles up to this. */
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Tables that are looked after at once; a further one waits for its next report. */
const MOST_TABLES = 100;

interface Rest {
  readonly untilMs: number;
  readonly pauseMs: number;
}

export interface UpkeepPorts {
  readonly totals: SalesTotals;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly policy: TotalsPolicy;
}

/**
 * Does what reports ask for, behind them and one after another. Nothing depends on it but speed: a process that does not
 * run it, or dies in the middle, leaves reports right, and the next one asks again.
 */
export class TotalsUpkeep {
  private readonly resting = new Map<string, Rest>();
  private running: Promise<void> = Promise.resolve();
  private readonly closing = new AbortController();
  private isOpen = false;

  constructor(private readonly ports: UpkeepPorts) {}

  open(): void {
    this.isOpen = true;
  }

  /** Gives up the work in hand: it changes everything or nothing, and another report will ask for it. */
  async close(): Promise<void> {
    this.isOpen = false;
    this.closing.abort();
    await this.running;
  }

  want(wanted: TotalsWanted | undefined): void {
    if (wanted === undefined || !this.isOpen) return;
    const table = nameText(wanted.table);
    if (!this.isFree(table)) return;
    const pauseMs = this.resting.get(table)?.pauseMs ?? PAUSE_MS;
    this.resting.set(table, { untilMs: Number.POSITIVE_INFINITY, pauseMs });
    this.running = this.running.then(() => this.work(wanted));
  }

  private isFree(table: string): boolean {
    const rest = this.resting.get(table);
    if (rest !== undefined) return rest.untilMs <= this.ports.clock.nowMs();
    if (this.resting.size >= MOST_TABLES) this.forgetRested();
    return this.resting.size < MOST_TABLES;
  }

  private async work(wanted: TotalsWanted): Promise<void> {
    const table = nameText(wanted.table);
    const isHelped = await this.attempt(wanted);
    const { pauseMs } = this.resting.get(table) ?? { pauseMs: PAUSE_MS };
    const next = isHelped ? PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    this.resting.set(table, { untilMs: this.ports.clock.nowMs() + next, pauseMs: next });
  }

  private async attempt({ table, rebuild, fold, days }: TotalsWanted): Promise<boolean> {
    const { totals } = this.ports;
    const { signal } = this.closing;
    if (signal.aborted) return false;
    const outcomes = [
      ...(rebuild ? [await this.one('rebuild', table, () => this.rebuild(table))] : []),
      ...(fold ? [await this.one('fold', table, () => totals.fold(table, signal))] : []),
      ...(rebuild ? [await this.one('days', table, () => totals.keepAllSoFar(table, signal))] : []),
      ...(days.length > 0 ? [await this.one('days', table, () => totals.keepSoFar(table, days, signal))] : []),
    ];
    return outcomes.every((outcome) => outcome === 'done');
  }

  /** Partitions that came since have no triggers yet. */
  private async rebuild(table: TotalsWanted['table']): Promise<UpkeepOutcome> {
    const { totals, policy } = this.ports;
    const { isEnabled } = await totals.state(table);
    if (!isEnabled && !policy.keepTotals) return 'nothing';
    await totals.enable(table);
    return totals.rebuild(table, this.closing.signal);
  }

  private async one(
    work: 'rebuild' | 'fold' | 'days',
    table: TotalsWanted['table'],
    run: () => Promise<UpkeepOutcome>,
  ): Promise<UpkeepOutcome | 'failed'> {
    const { metrics, log } = this.ports;
    const outcome = await run().catch((error: unknown) => {
      log.warning('Totals of a sales table could not be looked after; its reports are slower.', {
        table: nameText(table),
        work,
        reason: error instanceof Error ? error.message : String(error),
      });
      return 'failed' as const;
    });
    metrics.count('penstock_totals_upkeep_total', { work, outcome });
    return outcome;
  }

  private forgetRested(): void {
    const now = this.ports.clock.nowMs();
    for (const [table, { untilMs }] of this.resting) if (untilMs <= now) this.resting.delete(table);
  }
}
