import type { QueryAnswer } from '../../../application/stream-onboarding/run-query.query.js';
import type { StatementAnswer } from '../../../application/workflow-gateway/run-statement.command.js';
import { textTable } from '../text-table.js';

type Cell = string | number | boolean | null | undefined;

export function queryLines({ metadata, data }: QueryAnswer): string[] {
  const { column_names: names, total_count: total, page, total_pages: pages } = metadata;
  const rows = data.map((row) => names.map((name) => cell(row[name])));
  const more = page < pages ? [`Page ${page} of ${pages}, ${total} rows: --page ${page + 1}`] : [];
  return [...textTable(names, rows), ...more];
}

export function statementLines({ columns, rows, isTruncated, effect, next }: StatementAnswer): string[] {
  const names = columns.map(({ name }) => name);
  const cells = rows.map((row) => {
    const values = JSON.parse(row) as Record<string, unknown>; // written as an object by the adapter
    return names.map((name) => cell(values[name]));
  });
  const undone = effect?.isDryRun === true ? ', and undone again' : '';
  const changed = effect === undefined ? [] : [`${effect.affectedRows} rows changed${undone}`];
  const table = names.length > 0 ? textTable(names, cells) : [];
  const more = isTruncated ? [`There are more rows${next === undefined ? '' : `: --cursor ${next}`}`] : [];
  return [...table, ...changed, ...more];
}

function cell(value: unknown): Cell {
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) {
    return value as Cell; // just checked
  }
  return JSON.stringify(value);
}
