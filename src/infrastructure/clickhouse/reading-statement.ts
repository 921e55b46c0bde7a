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

/** KILL QUERY, for one, is no writing to ClickHouse: only what is known to read passes. */
const READING = /^\(*(SELECT|WITH|SHOW|DESCRIBE|DESC|EXPLAIN|EXISTS)\b/u;
/** The function of that name, which reads any file where ClickHouse runs embedded, whatever `readonly` says. */
const FILE_FUNCTION = /\bfile[`"]?\s*\(|\bAPPLY\s*\(?\s*[`"]?file\b/iu;

/**
 * ClickHouse lets the SETTINGS clause of a subquery change everything, `readonly` included: seen on 26.7, where
 * `SELECT * FROM (SELECT * FROM file('…') SETTINGS readonly = 0)` reads files under `readonly = 1`. So no clause passes.
 *
 * @param formatted by `formatQuerySingleLine`: of a text as it was written, nobody but the server knows what it means
 * @throws PenstockError `query.refused`
 */
export function readingStatement(formatted: string): ReadingStatement {
  if (!READING.test(formatted)) throw refused('it is no statement that reads');
  if (SETTINGS_CLAUSE.test(formatted.replaceAll(QUOTED, ''))) throw refused('it must not have a SETTINGS clause');
  if (FILE_FUNCTION.test(formatted.replaceAll(QUOTED, withoutStrings))) throw refused('it must not read files');
  return { sql: formatted, isSelect: /^\(*(SELECT|WITH)\b/u.test(formatted) };
}

/** Names stay, for a function may be called by a quoted one. */
function withoutStrings(quoted: string): string {
  return quoted.startsWith("'") ? "''" : quoted;
}

function refused(why: string): PenstockError {
  return new PenstockError('query.refused', `The query is out of bounds: ${why}.`);
}
