/**
 * Gives ClickHouse so long for its answer to a body, from the moment it has all of it: how long rows are in coming is up to
 * whoever sends them. A server that does not take the body is ended by the connection's limit of silence.
 */
export class AnswerLimit {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly timeoutMs: number) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  async *body<T>(chunks: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    yield* chunks;
    this.timer = setTimeout(() => this.controller.abort(), this.timeoutMs).unref();
  }

  /** The answer has come, or none is waited for any more. */
  end(): void {
    clearTimeout(this.timer);
  }
}
