import { IsBoolean } from 'class-validator';
import { Env } from './env.js';

/** Reports of sales. */
export class ReportSettings {
  /** Keep totals with the rows of a sales table from its first report or `create-monthly-partitions` on, by triggers on it; off: only where `penstock reports enable` was run. */
  @Env('REPORTS_KEEP_TOTALS')
  @IsBoolean()
  readonly keepTotals: boolean = true;
}
