/** One lexical unit of ClickHouse SQL; blanks and comments are none. */
export interface Token {
  readonly kind: 'word' | 'string' | 'quoted' | 'symbol';
  /** Words in upper case; everything else as written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** How many brackets are open around it. */
  readonly depth: number;
}

const BLANK_OR_LINE_COMMENT = /(?:[\s\0]+|--[^\n]*|#[ !][^\n]*)+/y;
const WORD = /[A-Za-z0-9_$\u0080-\uffff]+/y;
const HEREDOC_TAG = /\$\w*\$/y;

/**
 * Splits SQL just far enough to find clauses in it, without understanding any: strings, quoted names, comments and
 * heredocs are stepped over as ClickHouse's lexer does, so nothing inside them is ever taken for a keyword.
 * Lazy, because the rows of an INSERT may follow, and those are not SQL.
 */
export function* tokens(sql: string): Generator<Token> {
  let at = 0;
  let depth = 0;
  while ((at = skipBlank(sql, at)) < sql.length) {
    const start = at;
    const kind = kindAt(sql, at);
    at = endOf(sql, at, kind);
    const written = sql.slice(start, at);
    if (kind === 'symbol' && ')]}'.includes(written)) depth = Math.max(0, depth - 1);
    yield { kind, text: kind === 'word' ? written.toUpperCase() : written, start, end: at, depth };
    if (kind === 'symbol' && '([{'.includes(written)) depth += 1;
  }
}

function skipBlank(sql: string, from: number): number {
  let at = from;
  for (;;) {
    const before = at;
    BLANK_OR_LINE_COMMENT.lastIndex = at;
    if (BLANK_OR_LINE_COMMENT.test(sql)) at = BLANK_OR_LINE_COMMENT.lastIndex;
    if (sql.startsWith('/*', at)) at = endOfComment(sql, at);
    if (at === before) return at;
  }
}

/** ClickHouse's block comments nest. */
function endOfComment(sql: string, from: number): number {
  let open = 1;
  let at = from + 2;
  while (open > 0 && at < sql.length) {
    const pair = sql.slice(at, at + 2);
    if (pair === '/*') open += 1;
    if (pair === '*/') open -= 1;
    at += pair === '/*' || pair === '*/' ? 2 : 1;
  }
  return at;
}

function kindAt(sql: string, at: number): Token['kind'] {
  const char = sql.charAt(at);
  if (char === "'") return 'string';
  if (char === '"' || char === '`') return 'quoted';
  if (char === '$' && heredocTag(sql, at)) return 'string';
  WORD.lastIndex = at;
  return WORD.test(sql) ? 'word' : 'symbol';
}

function endOf(sql: string, at: number, kind: Token['kind']): number {
  if (kind === 'symbol') return at + 1;
  if (kind === 'word') {
    WORD.lastIndex = at;
    WORD.test(sql);
    return WORD.lastIndex;
  }
  const tag = heredocTag(sql, at);
  if (!tag) return endOfQuoted(sql, at);
  const close = sql.indexOf(tag, at + tag.length);
  return close < 0 ? sql.length : close + tag.length;
}

function heredocTag(sql: string, at: number): string | undefined {
  HEREDOC_TAG.lastIndex = at;
  const tag = HEREDOC_TAG.exec(sql)?.[0];
  return tag !== undefined && sql.includes(tag, at + tag.length) ? tag : undefined;
}

/** A quote is escaped by a backslash or by doubling it. */
function endOfQuoted(sql: string, from: number): number {
  const quote = sql.charAt(from);
  let at = from + 1;
  while (at < sql.length) {
    const char = sql.charAt(at);
    if (char === '\\') at += 2;
    else if (char !== quote) at += 1;
    else if (sql.charAt(at + 1) === quote) at += 2;
    else return at + 1;
  }
  return sql.length;
}

/** A value as a literal of ClickHouse. */
export function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

export function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
