import { PenstockError } from '../../domain/errors.js';
import type { LoadRecord } from '../../domain/ports/load-ledger.port.js';
import { idsOf } from '../../domain/warehouse-loading/id-runs.js';
import type { RowChunk } from '../../domain/warehouse-loading/row-chunks.js';
import type { KeyLookup, Outcome } from './key-lookup.js';

/**
 * A load that was begun before and has no known end. Its rows go again with the ids they got then, which are those that are
 * stored should its first insert still land.
 */
export class LoadRepeat {
  private readonly ids: readonly Outcome[];

  constructor(
    private readonly begun: LoadRecord,
    private readonly lookup: KeyLookup | undefined,
  ) {
    this.ids = idsOf(begun.receipt.ids ?? []);
  }

  async outcomes(chunk: RowChunk): Promise<readonly Outcome[]> {
    const ids = this.ids.slice(chunk.first, chunk.first + chunk.rows.length);
    return (await this.lookup?.outcomesAgain(chunk, ids)) ?? ids;
  }

  /**
   * Asked before the last byte is sent: other rows are no repeat, whatever their keys are.
   *
   * @throws PenstockError `idempotency-key.reused`, `rows.conflict`
   */
  check(digest: string): void {
    if (digest !== this.begun.digest) throw reused();
    this.lookup?.check();
  }
}

export function reused(): PenstockError {
  return new PenstockError(
    'idempotency-key.reused',
    'The idempotency key belongs to a load of other rows, or with another on_conflict.',
  );
}
