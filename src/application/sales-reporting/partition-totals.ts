import { type ErrorCode, PenstockError } from '../../domain/errors.js';
import type { MigrationSets } from '../../domain/ports/migrations.port.js';
import type { SalesTotals } from '../../domain/ports/sales-totals.port.js';
import type { QualifiedName } from '../../domain/sales-reporting/qualified-name.js';
import type { TotalsPolicy } from '../../domain/sales-reporting/totals-policy.js';

/**
 * `kept`: the reports of this table answer from totals, its new partitions included. `none`: it is no table of sales, or
 * the settings leave it alone. `later`: somebody was in the way; the next report or command sees to it.
 */
export type TotalsOutcome = 'kept' | 'none' | 'later';

/** Lets the totals of a table follow its partitions. */
export class PartitionTotals {
  constructor(
    private readonly totals: SalesTotals,
    private readonly migrations: MigrationSets,
    private readonly policy: TotalsPolicy,
  ) {}

  async follow(table: QualifiedName): Promise<TotalsOutcome> {
    if (!this.policy.keepTotals) return 'none';
    try {
      if (this.policy.migrates) for (const set of this.migrations.of('postgres')) await set.up();
      await this.totals.enable(table);
      return (await this.totals.rebuild(table)) === 'busy' ? 'later' : 'kept';
    } catch (error) {
      const outcome = error instanceof PenstockError ? WITHOUT_TOTALS[error.code] : undefined;
      if (outcome === undefined) throw error;
      return outcome;
    }
  }
}

/** The partitions are made all the same. */
const WITHOUT_TOTALS: Readonly<Partial<Record<ErrorCode, TotalsOutcome>>> = {
  'table.unsuitable': 'none',
  'table.forbidden': 'none',
  'table.locked': 'later',
  'database.unreachable': 'later',
};
