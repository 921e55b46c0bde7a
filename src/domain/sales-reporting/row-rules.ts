import { ISO_DATE } from './cell-checks/date-format.js';
import { columnCheck } from './column-checks.js';
import type { ImportTable } from './import-table.js';
import type { MatchedColumn } from './match-header.js';
import { MissingPartitions } from './missing-partitions.js';
import { PartitionFinder } from './partition-finder.js';
import { RowChecker } from './row-checker.js';

export interface RowRules {
  readonly checker: RowChecker;
  /** Only where partitions may be made. */
  readonly missing?: MissingPartitions;
}

/** All that rows of a file are held to: the types and bounds of the table, the schema, the partitions. */
export function rowRules(
  { partitions }: ImportTable,
  columns: readonly MatchedColumn[],
  mayCreatePartitions: boolean,
): RowRules {
  const checks = columns.map(({ column, rule }) => columnCheck(column, rule));
  const index = columns.findIndex(({ column }) => column.name === partitions?.column);
  if (partitions === undefined || index < 0) return { checker: new RowChecker(checks) };
  const finder = new PartitionFinder(partitions, columns[index]?.rule?.format ?? ISO_DATE);
  if (!mayCreatePartitions) return { checker: new RowChecker(checks, { index, finder }) };
  const missing = new MissingPartitions(partitions, finder);
  const onMissing = (key: number): boolean => missing.ask(key);
  return { checker: new RowChecker(checks, { index, finder, onMissing }), missing };
}
