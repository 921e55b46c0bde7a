import { Query, type QueryConfig } from 'pg';
import { watchRows, type Wire } from './watch-rows.js';

/**
 * A statement whose rows are taken up to so many bytes, and one of them at least. The server sends its whole answer unasked,
 * so where there is more the connection is cut, and the statement fails: pages of ordinary rows stay one statement.
 */
export class BoundedQuery {
  readonly query: Query;
  readonly rows: Record<string, unknown>[] = [];
  /** Whether there were more rows than these. */
  isCut = false;
  private bytes = 0;
  private wire: Wire | undefined;

  constructor(
    config: QueryConfig,
    private readonly maxBytes: number,
  ) {
    this.query = new Query(config);
    this.query.on('row', (row: Record<string, unknown>) => this.rows.push(row));
    watchRows(this.query, {
      onSubmit: (wire) => (this.wire = wire),
      onRow: ({ length }, read) => this.take(length, read),
    });
  }

  private take(length: number, read: () => void): void {
    if (this.isCut) return;
    this.bytes += length;
    if (this.bytes <= this.maxBytes || this.rows.length === 0) {
      read();
      return;
    }
    this.isCut = true;
    this.wire?.stream.destroy(new Error('The rows are larger than their page.'));
  }
}
