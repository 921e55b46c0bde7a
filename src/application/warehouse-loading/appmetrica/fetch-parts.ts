import { PenstockError } from '../../../domain/errors.js';
import type { PartAnswer } from '../../../domain/ports/appmetrica-logs.port.js';
import type { PartPlace } from '../../../domain/ports/part-spool.port.js';
import type { Job } from '../../../domain/shared/job.js';
import { fetchPercent } from '../../../domain/warehouse-loading/appmetrica/export-progress.js';
import { requestOf } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import {
  moreParts,
  pollPauseMs,
  quotaPauseMs,
  retryPauseMs,
} from '../../../domain/warehouse-loading/appmetrica/poll-plan.js';
import { countParts } from './count-parts.js';
import type { FetchPorts } from './export-ports.js';
import { keepPart } from './keep-part.js';

/** Worth another try. */
const PASSING: ReadonlySet<string> = new Set(['vendor.unreachable', 'vendor.broken']);

/**
 * Fetches every part of an export that is not here yet, one after another, as the vendor's queue works; when a part is
 * too large, all of them again in twice as many.
 *
 * @returns the number of parts
 */
export async function fetchParts(ports: FetchPorts, job: Job): Promise<number> {
  const deadlineMs = ports.clock.nowMs() + ports.limits.exportTimeoutMs;
  let parts = Math.max(requestOf(job).parts, ports.told.progress.parts);
  while (!(await fetchSplit(ports, job, parts, deadlineMs))) {
    parts = moreParts(parts, ports.limits);
    ports.told.tell({ phase: 'preparing', parts, fetched: 0, percent: 0, rows: 0, bytes: 0 });
  }
  return parts;
}

/** @returns false when a part is too large */
async function fetchSplit(ports: FetchPorts, job: Job, parts: number, deadlineMs: number): Promise<boolean> {
  const { here, rows, bytes } = await countParts(ports, job, parts);
  ports.told.tell({ parts, fetched: here.size, percent: fetchPercent(here.size, parts), rows, bytes });
  for (let part = 0; part < parts; part += 1) {
    if (here.has(part)) continue;
    const fetch = new PartFetch(ports, { job: job.id, parts, part }, deadlineMs);
    if (!(await fetch.run(job))) return false;
  }
  return true;
}

/** One part, asked for until it is here. */
class PartFetch {
  private asked = 0;
  private failures = 0;

  constructor(
    private readonly ports: FetchPorts,
    private readonly place: PartPlace,
    private readonly deadlineMs: number,
  ) {}

  /** @returns false when the part is too large */
  async run(job: Job): Promise<boolean> {
    for (;;) {
      this.ports.signal.throwIfAborted();
      try {
        const answer = await this.ask(job);
        if (answer.kind === 'too-large') return false;
        if (answer.kind === 'ready') {
          await keepPart(this.ports, this.place, { body: answer.body, request: requestOf(job) });
          return true;
        }
        await this.wait(answer);
      } catch (cause) {
        await this.fail(cause);
      }
    }
  }

  private async ask(job: Job): Promise<PartAnswer> {
    const { vendor, told, metrics, signal } = this.ports;
    const { parts, part } = this.place;
    const request = requestOf(job);
    const order = `${part}/${parts}`;
    const anew = request.fresh && told.progress.ordered !== order;
    const answer = await vendor.fetchPart({ request, parts, part, anew }, signal);
    metrics.count('penstock_appmetrica_answers_total', { answer: answer.kind });
    if (anew && answer.kind !== 'busy') told.tell({ ordered: order });
    return answer;
  }

  private async wait(answer: Extract<PartAnswer, { kind: 'preparing' | 'busy' }>): Promise<void> {
    const { told, limits } = this.ports;
    this.failures = 0;
    if (answer.kind === 'busy') return this.pause(quotaPauseMs(answer.retryAfterMs, limits), 'vendor.throttled');
    this.asked += 1;
    const percent = fetchPercent(told.progress.fetched, this.place.parts, answer.percent);
    told.tell({ phase: 'preparing', percent: Math.max(percent, told.progress.percent) });
    return this.pause(pollPauseMs(this.asked, limits));
  }

  private async fail(cause: unknown): Promise<void> {
    this.ports.signal.throwIfAborted();
    const { metrics, limits } = this.ports;
    if (!(cause instanceof PenstockError) || !PASSING.has(cause.code)) throw cause;
    metrics.count('penstock_appmetrica_answers_total', { answer: 'failed' });
    this.failures += 1;
    if (this.failures >= limits.maxTries) throw cause;
    await this.pause(retryPauseMs(this.failures, limits), cause.code);
  }

  private async pause(ms: number, reason?: string): Promise<void> {
    const { clock, told, signal } = this.ports;
    const untilMs = clock.nowMs() + ms;
    if (untilMs > this.deadlineMs) throw outOfTime(reason, ms);
    if (reason !== undefined) told.tell({ phase: 'waiting', waitingUntilMs: untilMs, reason });
    await clock.sleep(ms, signal);
  }
}

function outOfTime(reason: string | undefined, retryAfterMs: number): PenstockError {
  if (reason === 'vendor.throttled') {
    return new PenstockError(
      'vendor.throttled',
      "AppMetrica's quota stayed used up for as long as an export may take.",
      {
        retryAfterMs,
      },
    );
  }
  return new PenstockError('vendor.timeout', 'AppMetrica did not have the export ready in the time it may take.');
}
