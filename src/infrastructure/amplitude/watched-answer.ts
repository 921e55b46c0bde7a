import { PenstockError } from '../../domain/errors.js';

export interface AnswerTimes {
  /** Longest time until the answer begins. */
  readonly answerTimeoutMs: number;
  /** Longest time between two pieces of it. */
  readonly idleTimeoutMs: number;
}

/** One request with its answer, given up when it stands still or the asker leaves. */
export class WatchedAnswer {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly signal: AbortSignal,
    private readonly times: AnswerTimes,
  ) {
    signal.addEventListener('abort', this.giveUp, { once: true });
  }

  async ask(url: URL, headers: Record<string, string>): Promise<Response> {
    this.expectWithin(this.times.answerTimeoutMs);
    try {
      // A redirect would be followed with the keys, or without them to a page that is no export.
      return await fetch(url, { headers, redirect: 'manual', signal: this.controller.signal });
    } catch (error) {
      throw this.translate(error, 'vendor.unreachable', 'Amplitude does not answer.');
    }
  }

  async *body(response: Response): AsyncGenerator<Uint8Array> {
    if (response.body === null) return;
    this.expectWithin(this.times.idleTimeoutMs);
    try {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        clearTimeout(this.timer); // how long the reader takes is not the vendor's fault
        yield chunk;
        this.expectWithin(this.times.idleTimeoutMs);
      }
    } catch (error) {
      throw this.translate(error, 'vendor.broken', 'An answer of Amplitude was cut off on its way.');
    }
  }

  /** Lets go of the connection; an answer that was not read to its end is not waited for. */
  close(): void {
    clearTimeout(this.timer);
    this.signal.removeEventListener('abort', this.giveUp);
    this.controller.abort();
  }

  private readonly giveUp = (): void => this.controller.abort(this.signal.reason);

  private expectWithin(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.controller.abort(), ms);
  }

  /** Whoever gave it up is told why; an answer that stood still is told as one that did not come. */
  private translate(error: unknown, code: 'vendor.unreachable' | 'vendor.broken', message: string): unknown {
    if (this.signal.aborted) return this.signal.reason;
    return new PenstockError(code, message, { cause: error });
  }
}
