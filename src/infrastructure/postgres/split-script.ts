import { PenstockError } from '../../domain/errors.js';

export interface ScriptStatement {
  readonly sql: string;
  /** Where its first word stands, in the whole script, from 1. */
  readonly line: number;
}

/** More than this is data, not a schema. */
const MAX_SCRIPT_CHARS = 16 * 1024 * 1024;

/** What the parser's types, which are generated, say of the nodes looked at here. */
interface ParsedStatement {
  readonly stmt?: { readonly TransactionStmt?: object; readonly CopyStmt?: CopyNode };
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

interface CopyNode {
  readonly is_from?: boolean;
  readonly filename?: string;
}

/**
 * Splits a script by PostgreSQL's own parser.
 *
 * @throws PenstockError `script.failed`
 */
export async function splitScript(sql: string): Promise<ScriptStatement[]> {
  if (sql.length > MAX_SCRIPT_CHARS)
    throw new PenstockError('script.failed', `The script is longer than ${MAX_SCRIPT_CHARS} characters.`);
  const bytes = Buffer.from(sql);
  const parsed = await parse(sql);
  return parsed.map(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
    const text = bytes.toString('utf8', start, length === undefined ? bytes.length : start + length);
    const lead = leadLength(text);
    const line = lineAt(bytes, start) + newlines(text.slice(0, lead));
    const refusal = refusalOf(stmt);
    if (refusal !== undefined) throw new PenstockError('script.failed', `Line ${line}: ${refusal}; nothing was run.`);
    return { sql: text.slice(lead), line };
  });
}

async function parse(sql: string): Promise<readonly ParsedStatement[]> {
  // A parser of 2 MB that few processes need.
  const { hasSqlDetails, parse: parseSql, scan } = await import('libpg-query');
  const { tokens } = await scan(sql).catch(() => ({ tokens: undefined }));
  if (sql.trim() === '' || tokens?.every(({ tokenName }) => /COMMENT|ASCII_59/.test(tokenName)))
    throw new PenstockError('script.failed', 'The script has no statements.');
  try {
    const { stmts = [] } = await parseSql(sql);
    return stmts as readonly ParsedStatement[]; // a part of what the generated types say
  } catch (cause) {
    const at = hasSqlDetails(cause) ? (cause.sqlDetails?.cursorPosition ?? 0) : 0;
    throw new PenstockError('script.failed', syntaxText(sql, at), { cause });
  }
}

/** @param at characters in front of it */
function syntaxText(sql: string, at: number): string {
  const line = newlines(firstCharacters(sql, at)) + 1;
  const current = sql.split('\n', line)[line - 1] ?? '';
  if (/^\s*\\/.test(current))
    return `Line ${line}: a command of psql is not SQL, and cannot be run here; nothing was run.`;
  return `Line ${line}: a syntax error; nothing was run.`;
}

function refusalOf(statement: ParsedStatement['stmt']): string | undefined {
  if (statement?.TransactionStmt !== undefined)
    return 'the script is one transaction already, and may not begin or end one';
  const copy = statement?.CopyStmt;
  if (copy === undefined || copy.filename !== undefined) return undefined;
  return copy.is_from === true
    ? 'COPY FROM STDIN has no data here (import-data loads files)'
    : 'COPY TO STDOUT goes nowhere here';
}

/** White space and comments before the first word; comments may be nested. */
function leadLength(text: string): number {
  let at = 0;
  for (;;) {
    const blank = /^(?:\s+|--[^\n]*)+/.exec(text.slice(at));
    at += blank?.[0].length ?? 0;
    if (!text.startsWith('/*', at)) return at;
    at = commentEnd(text, at);
  }
}

function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const pair = text.slice(at, at + 2);
    if (pair === '/*') depth += 1;
    else if (pair === '*/') depth -= 1;
    else continue;
    at += 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

function lineAt(bytes: Buffer, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(10); at >= 0 && at < offset; at = bytes.indexOf(10, at + 1)) line += 1;
  return line;
}

/** The first so many characters, as PostgreSQL counts them: code points. */
export function firstCharacters(text: string, count: number): string {
  return Array.from(text).slice(0, Math.max(0, count)).join('');
}

export function newlines(text: string): number {
  return text.split('\n').length - 1;
}
