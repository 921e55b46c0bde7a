import { createHash } from 'node:crypto';
import pLimit, { type LimitFunction } from 'p-limit';
import pRetry from 'p-retry';
import { PenstockError } from '../../domain/errors.js';
import type { AmplitudeVendor, WindowAnswer, WindowRequest } from '../../domain/ports/amplitude-vendor.port.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import type { ExportSource } from '../../domain/warehouse-loading/amplitude/export-range.js';
import { hourText } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import { hoursIn } from '../../domain/warehouse-loading/amplitude/window-plan.js';
import { judgeAnswer, type Verdict } from './judge-answer.js';
import { WatchedAnswer } from './watched-answer.js';

/** What the Export API calls API key and secret key. */
export interface ProjectKeys {
  readonly clientId: string;
  readonly secretKey: string;
}

export interface VendorOptions {
  readonly baseUrl: string;
  readonly keys: Readonly<Record<ExportSource, ProjectKeys | undefined>>;
  /** Windows of one project that are asked for at once. */
  readonly parallel: number;
  readonly retries: number;
  readonly retryMinMs: number;
  /** Longest wait between two tries; a `Retry-After` beyond it is not waited for. */
  readonly retryMaxMs: number;
  /** Longest time until an answer begins, and between two pieces of it. */
  readonly answerTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

const EXPORT_PATH = '/api/2/export';
const NAME_DIGITS = 16;

/** The Export API over HTTP, as its documentation describes it. */
export class AmplitudeHttpVendor implements AmplitudeVendor {
  private readonly turns = new Map<ExportSource, LimitFunction>();
  /** Of a project that was told to wait. */
  private readonly heldUntilMs = new Map<ExportSource, number>();

  constructor(
    private readonly options: VendorOptions,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  project(source: ExportSource): string {
    const { clientId } = this.keysOf(source);
    const name = createHash('sha256').update(`${this.options.baseUrl}\n${clientId}`).digest('hex');
    return name.slice(0, NAME_DIGITS);
  }

  inTurn<T>(source: ExportSource, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = this.turns.get(source) ?? pLimit(this.options.parallel);
    this.turns.set(source, turn);
    return turn(async () => {
      signal.throwIfAborted();
      return work();
    });
  }

  async fetch(
    request: WindowRequest,
    read: (archive: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<WindowAnswer> {
    try {
      return await pRetry(() => this.tryOnce(request, read), {
        signal: request.signal,
        retries: this.options.retries,
        minTimeout: this.options.retryMinMs,
        maxTimeout: this.options.retryMaxMs,
        randomize: true,
        shouldRetry: ({ error }) => this.mayPass(error, request),
      });
    } catch (error) {
      if (isTimeout(error)) return 'timed-out';
      throw error;
    }
  }

  private async tryOnce(
    request: WindowRequest,
    read: (archive: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<WindowAnswer> {
    const heldMs = (this.heldUntilMs.get(request.source) ?? 0) - this.clock.nowMs();
    if (heldMs > 0) await this.clock.sleep(heldMs, request.signal);
    request.signal.throwIfAborted();
    const answer = new WatchedAnswer(request.signal, this.options);
    try {
      const response = await answer.ask(this.urlOf(request), this.headersOf(request.source));
      this.metrics.count('penstock_vendor_answers_total', { vendor: 'amplitude', status: String(response.status) });
      const verdict = judgeAnswer(response, this.clock.nowMs());
      if (verdict !== 'events') return this.settle(verdict, request);
      await read(answer.body(response));
      return 'events';
    } finally {
      answer.close();
    }
  }

  private settle(verdict: Exclude<Verdict, 'events'>, { source }: WindowRequest): WindowAnswer {
    if (verdict === 'empty' || verdict === 'too-large') return verdict;
    const { code, retryAfterMs } = verdict;
    if (code === 'vendor.throttled' && retryAfterMs !== undefined && retryAfterMs <= this.options.retryMaxMs) {
      this.heldUntilMs.set(source, this.clock.nowMs() + retryAfterMs);
    }
    throw verdict;
  }

  private mayPass(error: unknown, { window }: WindowRequest): boolean {
    if (!(error instanceof PenstockError)) return false;
    const { code, retryAfterMs = 0 } = error;
    if (code === 'vendor.throttled') return retryAfterMs <= this.options.retryMaxMs;
    // Several hours are halved instead: what is too much once will be too much again.
    if (code === 'vendor.timeout') return hoursIn(window) === 1;
    return code === 'vendor.unreachable' || code === 'vendor.broken';
  }

  private urlOf({ window }: WindowRequest): URL {
    const url = new URL(`${this.options.baseUrl.replace(/\/+$/, '')}${EXPORT_PATH}`);
    url.searchParams.set('start', hourText(window.first));
    url.searchParams.set('end', hourText(window.last));
    return url;
  }

  private headersOf(source: ExportSource): Record<string, string> {
    const { clientId, secretKey } = this.keysOf(source);
    return { authorization: `Basic ${Buffer.from(`${clientId}:${secretKey}`).toString('base64')}` };
  }

  private keysOf(source: ExportSource): ProjectKeys {
    const keys = this.options.keys[source];
    if (keys !== undefined) return keys;
    const variables = `AMPLITUDE_${source.toUpperCase()}_CLIENT_ID and AMPLITUDE_${source.toUpperCase()}_SECRET_KEY`;
    throw new PenstockError('vendor.unconfigured', `The keys of the source "${source}" are not set: ${variables}.`);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof PenstockError && error.code === 'vendor.timeout';
}
