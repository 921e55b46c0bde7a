import { MAX_STATEMENT_CHARACTERS } from '../../domain/workflow-gateway/guarded-limits.js';

const PARTS =
  /(?<comment>--[^\n]*|#[! ][^\n]*|\/\*.*?(?:\*\/|$))|(?<text>'(?:[^'\\]|\\.|'')*(?:'|$)|\$(\w*)\$.*?(?:\$\3\$|$))|(?<name>`(?:[^`\\]|\\.)*(?:`|$)|"(?:[^"\\]|\\.)*(?:"|$))|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<number>\d[\w.]*)|(?<other>[^\s])/gsu;

/** A text of ClickHouse's SQL without literals and comments; what is not closed is taken for one to its end. */
export function maskedText(sql: string): string {
  if (sql.length > MAX_STATEMENT_CHARACTERS) return '';
  const parts: string[] = [];
  for (const { 0: part, groups } of sql.matchAll(PARTS)) {
    if (groups?.['comment'] !== undefined) continue;
    parts.push(groups?.['text'] !== undefined || groups?.['number'] !== undefined ? '?' : part);
  }
  return parts.join(' ');
}
