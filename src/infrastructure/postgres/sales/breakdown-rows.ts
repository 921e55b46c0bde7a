import type { BreakdownRequest } from '../../../domain/ports/sales-reports.port.js';
import type { BreakdownRow } from '../../../domain/sales-reporting/sales-report.js';
import { readBreakdown } from './read-breakdown.js';
import type { OpenSnapshot } from './report-snapshots.js';

/** Rows of a moment that ends with their reading, also where nobody begins to read. */
export class BreakdownRows implements AsyncIterable<BreakdownRow> {
  constructor(
    private readonly snapshot: OpenSnapshot,
    private readonly request: BreakdownRequest,
  ) {}

  /** By hand: a generator for each row takes longer than reading it. */
  [Symbol.asyncIterator](): AsyncIterator<BreakdownRow, undefined> {
    const pages = this.pages();
    let page: readonly BreakdownRow[] = [];
    let at = 0;
    return {
      next: async () => {
        while (at >= page.length) {
          const { done, value } = await pages.next();
          if (done === true) return { done, value: undefined };
          page = value;
          at = 0;
        }
        const row = page[at++];
        return row === undefined ? { done: true, value: undefined } : { done: false, value: row };
      },
      return: async () => {
        this.snapshot.close();
        await pages.return(undefined);
        return { done: true, value: undefined };
      },
    };
  }

  private async *pages(): AsyncGenerator<BreakdownRow[], undefined> {
    try {
      yield* readBreakdown(this.snapshot, this.request);
    } catch (error) {
      throw this.snapshot.translate(error);
    } finally {
      this.snapshot.close();
    }
  }
}
