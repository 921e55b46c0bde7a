/** Rows that remember how they failed, so that it is told as it was and not as a failure of whatever read them. */
export class WatchedRows<T> implements AsyncIterable<T> {
  failure: { readonly cause: unknown } | undefined;

  constructor(private readonly rows: AsyncIterable<T>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for await (const row of this.rows) yield row;
    } catch (cause) {
      this.failure = { cause };
      throw cause;
    }
  }
}
