import { PenstockError } from '../../domain/errors.js';

/** A statement as ClickHouse's own parser writes it: one, complete, without comments, keywords in capitals. */
export interface ReadingStatement {
  readonly sql: string;
  /** Whether it can stand in brackets, as a table. */
  readonly isSelect: boolean;
}

const QUOTED = /'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"/gsu;
/** The keyword, which is written in capitals; a column of that name in capitals has to be quoted by the caller. */
const SETTINGS_CLAUSE = /\bSETTINGS\b/u;

/**
 * ClickHouse lets the SETTINGS clause of a subquery change everything, `readonly` included: seen on 26.7, where
 * `SELECT * FROM (SELECT * FROM file('…') SETTINGS readonly = 0)` reads files under `readonly = 1`. So no clause passes.
 *
 * @param formatted by `formatQuerySingleLine`: of a text as it was written, nobody but the server knows what it means
 * @throws PenstockError `query.refused`
 */
export function readingStatement(formatted: string): ReadingStatement {
  if (SETTINGS_CLAUSE.test(formatted.replaceAll(QUOTED, ''))) {
    throw new PenstockError('query.refused', 'The query is out of bounds: it must not have a SETTINGS clause.');
  }
  return { sql: formatted, isSelect: /^\(*(SELECT|WITH)\b/u.test(formatted) };
}
