import type { TableDescriptions, TableSamples } from '../../domain/ports/warehouse-catalog.port.js';
import { jsonList, jsonObject } from '../../domain/shared/json-object.js';
import type { StatementAnswer } from './run-statement.command.js';

const SUCCESS = JSON.stringify('success');

/** `{status, columns, rows, row_count, truncated, next}`; of a writing statement `affected_rows` and `dry_run` as well. */
export function statementText({ columns, rows, isTruncated, effect, next }: StatementAnswer): string {
  return jsonObject({
    status: SUCCESS,
    ...(effect && { affected_rows: String(effect.affectedRows), dry_run: String(effect.isDryRun) }),
    columns: JSON.stringify(columns),
    rows: jsonList(rows),
    row_count: String(rows.length),
    truncated: String(isTruncated),
    next: next === undefined ? undefined : JSON.stringify(next),
  });
}

/** `{status, schemas: {name: …}, unknown_tables}` */
export function schemasText({ tables, unknown }: TableDescriptions): string {
  return jsonObject({
    status: SUCCESS,
    schemas: jsonObject(Object.fromEntries(tables.map(({ asked, schema }) => [asked, schema]))),
    unknown_tables: JSON.stringify(unknown),
  });
}

/** `{status, data: {name: [rows]}, samples: {name: {columns, row_count, method, truncated}}, unknown_tables}` */
export function samplesText({ tables, unknown }: TableSamples): string {
  const samples = tables.map(({ asked, columns, rows, method, isTruncated: truncated }) => {
    return [asked, { columns, row_count: rows.length, method, truncated }] as const;
  });
  return jsonObject({
    status: SUCCESS,
    data: jsonObject(Object.fromEntries(tables.map(({ asked, rows }) => [asked, jsonList(rows)]))),
    samples: JSON.stringify(Object.fromEntries(samples)),
    unknown_tables: JSON.stringify(unknown),
  });
}
