import { createHash } from 'node:crypto';
import { PenstockError } from '../errors.js';
import { decodeCursor, encodeCursor } from '../shared/cursor.js';
import type { StatementParameters } from './guarded-statement.js';

const DIGITS = 16;

/** Where the next page of a statement begins. It fits only the same statement with the same parameters. */
export function encodePage(sql: string, parameters: StatementParameters, offset: number): string {
  return encodeCursor(`${offset}:${statementMark(sql, parameters)}`);
}

/** @throws PenstockError `cursor.invalid` when it is none of ours, or that of another statement */
export function decodePage(cursor: string | undefined, sql: string, parameters: StatementParameters): number {
  if (cursor === undefined) return 0;
  const [offset = '', mark] = decodeCursor(cursor).split(':');
  if (/^\d{1,12}$/.test(offset) && mark === statementMark(sql, parameters)) return Number(offset);
  throw new PenstockError('cursor.invalid', 'The cursor is not one of this statement with these parameters.');
}

function statementMark(sql: string, parameters: StatementParameters): string {
  return createHash('sha256')
    .update(JSON.stringify([sql, parameters]))
    .digest('hex')
    .slice(0, DIGITS);
}
