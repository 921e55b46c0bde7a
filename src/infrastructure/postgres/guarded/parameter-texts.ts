import { PenstockError } from '../../../domain/errors.js';
import { MAX_PARAMETERS } from '../../../domain/workflow-gateway/guarded-limits.js';
import type { StatementParameters } from '../../../domain/workflow-gateway/guarded-statement.js';

/**
 * Values of `$1`, `$2`, … in PostgreSQL's text; what type each is, the statement decides. Lists become arrays, objects
 * become json.
 *
 * @throws PenstockError `query.refused`
 */
export function parameterTexts(parameters: StatementParameters): (string | null)[] {
  if (!Array.isArray(parameters)) {
    if (Object.keys(parameters).length === 0) return [];
    throw refused('parameters of PostgreSQL are a list, in the order of $1, $2, …');
  }
  if (parameters.length > MAX_PARAMETERS) throw refused(`there are more than ${MAX_PARAMETERS} parameters`);
  return (parameters as readonly unknown[]).map((value) => textOf(value));
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return listText(value as readonly unknown[]);
  return scalarText(value);
}

/** What JSON has besides lists and null. */
function scalarText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.includes('\0')) throw refused('a parameter has a zero character');
  return text;
}

function listText(values: readonly unknown[]): string {
  const items = values.map((value) => {
    if (value === null || value === undefined) return 'NULL';
    if (Array.isArray(value)) return listText(value as readonly unknown[]);
    return `"${scalarText(value).replaceAll(/["\\]/gu, String.raw`\$&`)}"`;
  });
  return `{${items.join(',')}}`;
}

function refused(why: string): PenstockError {
  return new PenstockError('query.refused', `The statement is refused: ${why}.`);
}
