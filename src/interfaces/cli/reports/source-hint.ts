import type { ReportAnswer } from '../../../application/sales-reporting/report-desk.js';
import { SALES_TABLE } from '../../../domain/sales-reporting/sales-report.js';
import type { ReportOptions } from './report-options.js';

/** Says on stderr how the next report could be faster; where rows were asked for, nothing. */
export function hintAt({ source }: Pick<ReportAnswer<unknown>, 'source'>, options: ReportOptions): void {
  if (source === 'totals' || options.raw === true || options.engine === 'clickhouse') return;
  const table = options.table ?? SALES_TABLE;
  process.stderr.write(
    `Read from rows; penstock reports enable --table ${table} keeps totals, which take milliseconds.\n`,
  );
}
