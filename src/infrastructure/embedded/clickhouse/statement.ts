import { raise } from './exceptions.js';
import { type Token, literal, tokens } from './sql-tokens.js';

/**
 * SQL is handled as latin1 text, one character a byte, so that positions found in it are positions in the request: the
 * rows behind an INSERT may hold any bytes.
 */
export type Latin1 = string;

export const latin1 = (bytes: Buffer): Latin1 => bytes.toString('latin1');
export const utf8 = (sql: Latin1): string => Buffer.from(sql, 'latin1').toString('utf8');

/** Rows behind an INSERT, and where they begin. */
export interface InsertRows {
  readonly kind: 'insert-rows';
  readonly head: Latin1;
  readonly settings: Latin1;
  readonly format: string;
  readonly rowsAt: number;
  /** `INSERT … SELECT … FROM input('structure')`: the call, and the structure of the rows. */
  readonly input?: { readonly start: number; readonly end: number; readonly structure: Latin1 };
}

export interface Statement {
  /** `reading` produces rows for the client; `insert` writes without rows in the request; `command` is all the rest. */
  readonly kind: 'reading' | 'insert' | 'command' | 'kill';
  readonly sql: Latin1;
  readonly tokens: readonly Token[];
}

const READING = new Set([
  'SELECT',
  'WITH',
  'FROM',
  'EXPLAIN',
  'SHOW',
  'DESCRIBE',
  'DESC',
  'EXISTS',
  'CHECK',
  'VALUES',
  '(',
]);

/** Finds the rows of an INSERT in the beginning of a request, or says that there are none. */
export function insertRows(head: Latin1): InsertRows | undefined {
  const seen: Token[] = [];
  for (const token of tokens(head)) {
    const first = seen[0];
    if (seen.length === 0 && token.text !== 'INSERT' && token.text !== 'WITH') return undefined;
    if (first?.text === 'WITH' && token.depth === 0 && token.text === 'SELECT' && !hasInsert(seen)) return undefined;
    if (token.depth === 0 && token.text === ';') return undefined;
    seen.push(token);
    if (token.depth === 0 && token.text === 'VALUES' && seen.length > 2 && !hasSelect(seen))
      return valuesRows(head, seen);
    const before = seen.at(-2);
    if (token.kind === 'word' && before?.text === 'FORMAT' && before.depth === 0 && startsRows(seen)) {
      return formatRows(head, seen);
    }
  }
  return undefined;
}

const hasInsert = (seen: readonly Token[]) => seen.some(({ text, depth }) => text === 'INSERT' && depth === 0);
const hasSelect = (seen: readonly Token[]) => seen.some(({ text, kind }) => text === 'SELECT' && kind === 'word');

/** An INSERT … SELECT has rows behind its FORMAT only when it reads them through input(). */
function startsRows(seen: readonly Token[]): boolean {
  if (seen.some(({ text }, at) => text === 'INFILE' && seen[at - 1]?.text === 'FROM')) refuseInfile();
  return !hasSelect(seen) || inputCall(seen) !== undefined;
}

function valuesRows(head: Latin1, seen: readonly Token[]): InsertRows {
  const keyword = seen.at(-1) as Token; // the token just read
  const { sql, settings } = cutSettings(head, seen, keyword.start);
  return { kind: 'insert-rows', head: sql, settings, format: 'Values', rowsAt: keyword.end };
}

function formatRows(head: Latin1, seen: readonly Token[]): InsertRows {
  const [keyword, name] = seen.slice(-2) as [Token, Token]; // FORMAT and its name were just read
  const { sql, settings } = cutSettings(head, seen, keyword.start);
  const after = settingsEnd(head, name.end);
  const input = inputCall(seen);
  return {
    kind: 'insert-rows',
    head: sql,
    settings: settings || head.slice(name.end, after),
    format: head.slice(name.start, name.end),
    rowsAt: skipToRows(head, after),
    ...(input ? { input: { ...input, structure: head.slice(input.argument.start, input.argument.end) } } : {}),
  };
}

/** The SETTINGS clause in front of the rows belongs behind FROM INFILE. */
function cutSettings(head: Latin1, seen: readonly Token[], end: number): { sql: Latin1; settings: Latin1 } {
  const clause = seen.find(({ text, depth, kind }) => text === 'SETTINGS' && depth === 0 && kind === 'word');
  if (!clause || inputCall(seen)) return { sql: head.slice(0, end), settings: '' };
  return { sql: head.slice(0, clause.start), settings: head.slice(clause.start, end) };
}

/** `FORMAT CSV SETTINGS a = 1, b = 'x'` followed by rows: a name, a sign and a value each. */
function settingsEnd(head: Latin1, from: number): number {
  const rest = tokens(head.slice(from));
  if (rest.next().value?.text !== 'SETTINGS') return from;
  let end = from;
  for (;;) {
    const [name, sign, value] = [rest.next().value, rest.next().value, rest.next().value];
    if (name?.kind !== 'word' || sign?.text !== '=' || !value) return end;
    end = from + value.end;
    if (rest.next().value?.text !== ',') return end;
  }
}

/** Rows begin behind the first line break, or behind the blanks when there is none (as ClickHouse reads it). */
function skipToRows(head: Latin1, from: number): number {
  const blanks = /[ \t\f]*\r?\n?/y;
  blanks.lastIndex = from;
  blanks.test(head);
  return blanks.lastIndex;
}

interface InputCall {
  readonly start: number;
  readonly end: number;
  readonly argument: Token;
}

function inputCall(seen: readonly Token[]): InputCall | undefined {
  for (const [at, token] of seen.entries()) {
    const [open, argument, close] = seen.slice(at + 1, at + 4);
    const called = token.text === 'INPUT' && open?.text === '(' && argument?.kind === 'string' && close?.text === ')';
    if (called) return { start: token.start, end: close.end, argument };
  }
  return undefined;
}

function refuseInfile(): never {
  throw raise('UNKNOWN_TYPE_OF_QUERY', 'Query has infile and was send directly to server.');
}

/** A whole statement, checked for what a server does not do for its clients. */
export function parseStatement(text: Latin1): Statement {
  const all = [...tokens(text)];
  const end = all.findIndex(({ text: symbol, depth }) => symbol === ';' && depth === 0);
  const own = end < 0 ? all : all.slice(0, end);
  if (own.length < all.length && all.slice(end).some(({ text: symbol }) => symbol !== ';')) {
    throw raise('SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed).');
  }
  const last = own.at(-1);
  if (!last) throw raise('SYNTAX_ERROR', 'Syntax error: Empty query.');
  refuseFiles(own);
  return { kind: kindOf(own), sql: text.slice(0, last.end), tokens: own };
}

function kindOf(own: readonly Token[]): Statement['kind'] {
  const first = own.find(({ text }) => text !== '(')?.text ?? '';
  if (first === 'INSERT' || (first === 'WITH' && hasInsert(own))) return 'insert';
  if (first === 'KILL') return 'kill';
  return READING.has(first) || own[0]?.text === '(' ? 'reading' : 'command';
}

/** chDB runs as a local tool and would read and write files for its user; a server does neither for a client. */
function refuseFiles(own: readonly Token[]): void {
  for (const [at, { text, kind }] of own.entries()) {
    const [next, afterNext] = own.slice(at + 1, at + 3);
    if (kind !== 'word') continue;
    if (text === 'FROM' && next?.text === 'INFILE') refuseInfile();
    if (text === 'INTO' && next?.text === 'OUTFILE') {
      throw raise('INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed.');
    }
    if (text === 'SOURCE' && next?.text === '(' && /^(FILE|EXECUTABLE|LIBRARY|SQLITE)/.test(afterNext?.text ?? '')) {
      throw raise('ACCESS_DENIED', 'Dictionaries that read files or run programs are not allowed here.');
    }
    if (text === 'ENGINE' && /^(FILESYSTEM|SQLITE)$/.test((next?.text === '=' ? afterNext : next)?.text ?? '')) {
      throw raise('ACCESS_DENIED', 'Databases and tables over files of this machine are not allowed here.');
    }
  }
}

export interface Leading {
  readonly path: string;
  readonly defaultFormat: string;
  /** Makes this one query read-only, where the session around it must stay as it is. */
  readonly readonlyLevel?: string | undefined;
}

/** The statement with its result led into a file of ours, in the format the client asked for. */
export function ledInto({ path, defaultFormat, readonlyLevel }: Leading, statement: Statement) {
  const { sql } = statement;
  const clause = formatClause(statement);
  const end = clause?.keyword.start ?? sql.length;
  const format = clause ? utf8(sql.slice(clause.name.start, clause.name.end)) : defaultFormat;
  const settings = clause ? utf8(sql.slice(clause.name.end)) : '';
  const added =
    readonlyLevel === undefined ? '' : `${settings ? ',' : ' SETTINGS'} readonly = ${literal(readonlyLevel)}`;
  const target = `INTO OUTFILE ${literal(path)} APPEND FORMAT ${formatName(format)}`;
  return { sql: `${utf8(sql.slice(0, end))}\n${target}${settings}${added}`, format };
}

function formatName(name: string): string {
  if (!/^\w+$/.test(name)) throw raise('UNKNOWN_FORMAT', 'Unknown format.');
  return name;
}

/** FORMAT and a name, at the end or in front of the last SETTINGS: anything else called "format" is a column. */
function formatClause({ tokens: own }: Statement): { keyword: Token; name: Token } | undefined {
  for (let at = own.length - 2; at > 0; at -= 1) {
    const [before, keyword, name, after] = own.slice(at - 1, at + 3);
    if (keyword?.text !== 'FORMAT' || keyword.kind !== 'word' || keyword.depth > 0) continue;
    const isName = name?.kind === 'word' && (after === undefined || after.text === 'SETTINGS');
    const endsExpression = before !== undefined && !/^(BY|SELECT|WHERE|AND|OR|NOT|,|\.|[-+/%=<>])$/.test(before.text);
    if (isName && endsExpression) return { keyword, name };
  }
  return undefined;
}
