import { PenstockError } from '../../../domain/errors.js';
import { AmplitudeVendor } from '../../../domain/ports/amplitude-vendor.port.js';
import { Clock } from '../../../domain/ports/clock.port.js';
import { HourSpool, type KeepWindow, type SpooledExport } from '../../../domain/ports/hour-spool.port.js';
import { Log } from '../../../domain/ports/log.port.js';
import { Metrics } from '../../../domain/ports/metrics.port.js';
import { AmplitudeLimits } from '../../../domain/warehouse-loading/amplitude/amplitude-limits.js';
import { type ExportHour, hourAt } from '../../../domain/warehouse-loading/amplitude/export-hour.js';
import { hoursOf, rangeText } from '../../../domain/warehouse-loading/amplitude/export-range.js';
import type { ExportedRange } from '../../../domain/warehouse-loading/amplitude/week-manifest.js';
import {
  type ExportWindow,
  hoursIn,
  nextStep,
  planWindows,
  type WindowOutcome,
  windowText,
} from '../../../domain/warehouse-loading/amplitude/window-plan.js';

/** How far an export is. */
export interface GatherProgress {
  readonly hours: number;
  readonly finished: number;
}

export interface Gather {
  readonly exported: ExportedRange;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: GatherProgress) => void;
}

const RETRY_AFTER_STOP_MS = 1000;

/** One export while its hours are gathered. */
interface Task extends Gather {
  readonly project: string;
  /** Aborted by the first window that fails: those that have not begun need not. */
  readonly begin: AbortController;
  finished: number;
}

/** Gets all hours of an export onto the disk: those that are there already, and the others from the vendor. */
export class AmplitudeHours {
  private readonly stopping = new AbortController();

  constructor(
    private readonly vendor: AmplitudeVendor,
    private readonly spool: HourSpool,
    private readonly clock: Clock,
    private readonly ports: { readonly log: Log; readonly metrics: Metrics; readonly limits: AmplitudeLimits },
  ) {}

  /**
   * @returns the whole export, its duplicates found, for the caller to close; hours that were finished before a failure
   * stay on the disk
   */
  async gather(request: Gather): Promise<SpooledExport> {
    const { exported } = request;
    const signal = AbortSignal.any([request.signal, this.stopping.signal]);
    const project = this.vendor.project(exported.source);
    const task = { ...request, signal, project, begin: new AbortController(), finished: 0 };
    const use = await this.spool.use(project, exported);
    try {
      await this.spool.sweep();
      await this.fetchMissing(task);
      const opened = await this.spool.open(task.project, exported, signal);
      this.countDuplicates(exported, opened);
      return opened;
    } catch (error) {
      // Whatever broke on the way out, this is why.
      throw signal.aborted ? signal.reason : error;
    } finally {
      await use.end();
    }
  }

  /** The process stops: what is being gathered is given up, and what is finished is there for the next one. */
  stop(): void {
    const message = 'The service is stopping; the hours that are downloaded are kept for the next request.';
    this.stopping.abort(new PenstockError('service.stopping', message, { retryAfterMs: RETRY_AFTER_STOP_MS }));
  }

  private async fetchMissing(task: Task): Promise<void> {
    const { exported, project } = task;
    const missing = await this.missing(task, exported);
    const { metrics, log, limits } = this.ports;
    const known = hoursIn(exported) - missing.length;
    metrics.count('penstock_export_hours_total', { source: exported.source, found: 'kept' }, known);
    this.tell(task, known);
    log.debug('An export of Amplitude begins.', {
      source: exported.source,
      hours: rangeText(exported),
      missing: missing.length,
    });
    const begun = missing.filter((hour) => hour <= hourAt(this.clock.nowMs()));
    // What is yet to come cannot be asked for.
    for (const window of planWindows(missing.slice(begun.length), limits.windowHours)) {
      await this.spool.keepEmpty({ project, window });
      this.tell(task, hoursIn(window));
    }
    await this.inTurns(task, planWindows(begun, limits.windowHours));
  }

  /** All windows, side by side; after a failure those that are under way are finished, and no other is begun. */
  private async inTurns(task: Task, windows: readonly ExportWindow[]): Promise<void> {
    const begin = AbortSignal.any([task.signal, task.begin.signal]);
    const ends = await Promise.allSettled(
      windows.map((window) =>
        this.vendor
          .inTurn(task.exported.source, begin, () => this.fetchWindow(task, window))
          .catch((error: unknown) => {
            task.begin.abort(error);
            throw error;
          }),
      ),
    );
    const failed = ends.find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw task.begin.signal.reason;
  }

  /** Another export, or an earlier half-broken answer, may have brought hours of it since it was planned. */
  private async fetchWindow(task: Task, window: ExportWindow): Promise<void> {
    const missing = await this.missing(task, window);
    this.tell(task, hoursIn(window) - missing.length);
    for (const part of planWindows(missing, this.ports.limits.windowHours)) await this.fetchPart(task, part);
  }

  private async fetchPart(task: Task, window: ExportWindow): Promise<void> {
    const outcome = await this.ask(task, window);
    const step = nextStep(window, outcome);
    if ('halves' in step) {
      this.ports.log.debug('A window of Amplitude is halved.', { hours: windowText(window), outcome });
      for (const half of step.halves) await this.fetchWindow(task, half);
      return;
    }
    const found = outcome === 'empty' ? 'empty' : 'fetched';
    const { source } = task.exported;
    this.ports.metrics.count('penstock_export_hours_total', { source, found }, hoursIn(window));
    this.tell(task, hoursIn(window));
  }

  private async ask({ exported, project, signal }: Task, window: ExportWindow): Promise<WindowOutcome> {
    const kept: { as: WindowOutcome } = { as: 'kept' };
    try {
      const answer = await this.vendor.fetch({ source: exported.source, window, signal }, async (archive) => {
        kept.as = await this.keep({ project, window, signal }, archive);
      });
      if (answer === 'empty') await this.spool.keepEmpty({ project, window });
      return answer === 'events' ? kept.as : answer;
    } catch (error) {
      if (error instanceof PenstockError && error.code === 'vendor.broken' && hoursIn(window) > 1) return 'broken';
      throw named(error, window);
    }
  }

  /** Where only some hours of an archive are damaged, these are asked for again, and not the whole window. */
  private async keep(request: KeepWindow, archive: AsyncIterable<Uint8Array>): Promise<WindowOutcome> {
    try {
      return await this.spool.keep(request, archive);
    } catch (error) {
      const { project, window } = request;
      const isDamaged = error instanceof PenstockError && error.code === 'vendor.broken';
      if (isDamaged && (await this.spool.kept(project, window)).size > 0) return 'broken';
      throw error;
    }
  }

  private async missing({ project }: Task, range: ExportWindow): Promise<ExportHour[]> {
    const kept = await this.spool.kept(project, range);
    return hoursOf(range).filter((hour) => !kept.has(hour));
  }

  private tell(task: Task, hours: number): void {
    task.finished += hours;
    task.onProgress?.({ hours: hoursIn(task.exported), finished: task.finished });
  }

  private countDuplicates({ source }: ExportedRange, { hours }: SpooledExport): void {
    const dropped = hours.reduce((sum, { duplicates }) => sum + duplicates.uuid + duplicates.insertId, 0);
    this.ports.metrics.count('penstock_export_duplicates_total', { source }, dropped);
  }
}

/** Says of which window the vendor spoke. */
function named(error: unknown, window: ExportWindow): unknown {
  if (!(error instanceof PenstockError) || !error.code.startsWith('vendor.')) return error;
  const { code, message, retryAfterMs } = error;
  const options = { cause: error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return new PenstockError(code, `${message} (hours ${windowText(window)})`, options);
}
