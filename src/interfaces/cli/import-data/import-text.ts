import type { ImportReceipt } from '../../../application/sales-reporting/imports/import-csv.command.js';
import { textTable } from '../text-table.js';

/** A receipt, for people. */
export function importText(receipt: ImportReceipt): string[] {
  const { dryRun, imported, rows, table, durationMs, rejected, errorTable, id, firstErrors } = receipt;
  const did = dryRun ? 'Would import' : 'Imported';
  const seconds = (durationMs / 1000).toFixed(1);
  const lines = [`${did} ${imported} of ${rows} rows into ${table} (${seconds} s).`];
  if (rejected === 0) return lines;
  const bad = rejected === 1 ? '1 bad row' : `${rejected} bad rows`;
  const place = dryRun || errorTable === undefined ? '' : ` in ${errorTable}`;
  const shown = firstErrors.map(({ line, column, value, rule, message }) => [line, column, value, rule, message]);
  const list = textTable(['line', 'column', 'value', 'rule', 'message'], shown);
  const more = firstErrors.length < rejected && !dryRun ? [`All of them: penstock imports errors ${id}`] : [];
  return [...lines, `${bad}${place}:`, ...list, ...more];
}
