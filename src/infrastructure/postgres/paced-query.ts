import { type ClientBase, Query } from 'pg';
import { answered } from './answered.js';
import { watchRows, type Wire } from './watch-rows.js';

type Columns = Record<string, unknown>;

/** Bytes of rows that wait for their reader; then the socket waits as well. */
const HELD_BYTES = 4_000_000;

/** A statement whose rows are read as they come, and come no faster than they are read, however large they are. */
export class PacedQuery {
  rows = 0;
  bytes = 0;
  private held: Columns[] = [];
  private heldBytes = 0;
  private outcome: { readonly failure?: unknown } | undefined;
  private wire: Wire | undefined;
  private wake = (): void => undefined;

  constructor(private readonly text: string) {}

  /** Rows in the pieces they came in. Whoever leaves before the end closes the connection: the statement still runs. */
  async *pieces(client: ClientBase, statementTimeoutMs: number): AsyncGenerator<readonly Columns[], void, undefined> {
    client.query(this.watched());
    try {
      for (;;) {
        if (this.held.length > 0) yield this.take();
        else if (this.outcome === undefined) await answered(this.more(), statementTimeoutMs);
        else if ('failure' in this.outcome) throw this.outcome.failure;
        else return;
      }
    } finally {
      this.wire?.stream.resume(); // a socket at rest would not even learn of its end
    }
  }

  private watched(): Query {
    const query = new Query(this.text);
    query.on('row', (row: Columns) => this.held.push(row));
    query.on('end', () => this.end({}));
    query.on('error', (failure: Error) => this.end({ failure }));
    watchRows(query, {
      onSubmit: (wire) => (this.wire = wire),
      onRow: ({ length }, read) => {
        read();
        this.hold(length);
      },
    });
    return query;
  }

  private hold(length: number): void {
    this.rows += 1;
    this.bytes += length;
    this.heldBytes += length;
    if (this.heldBytes > HELD_BYTES) this.wire?.stream.pause();
    this.wake();
  }

  private end(outcome: { readonly failure?: unknown }): void {
    this.outcome ??= outcome;
    this.wake();
  }

  private more(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }

  private take(): readonly Columns[] {
    const { held } = this;
    this.held = [];
    this.heldBytes = 0;
    this.wire?.stream.resume();
    return held;
  }
}
