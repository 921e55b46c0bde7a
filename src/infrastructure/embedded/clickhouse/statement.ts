import { type RaisedName, raise } from './exceptions.js';
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
    seen.push(token);
    if (!mayInsert(seen, token)) return undefined;
    if (token.text === 'VALUES' && token.depth === 0 && seen.length > 2 && !hasSelect(seen))
      return valuesRows(head, seen);
    if (namesFormat(seen, token) && startsRows(seen)) return formatRows(head, seen);
  }
  return undefined;
}

const hasInsert = (seen: readonly Token[]) => seen.some(({ text, depth }) => text === 'INSERT' && depth === 0);
const hasSelect = (seen: readonly Token[]) => seen.some(({ text, kind }) => text === 'SELECT' && kind === 'word');

function namesFormat(seen: readonly Token[], { kind }: Token): boolean {
  const before = seen.at(-2);
  return kind === 'word' && before?.text === 'FORMAT' && before.depth === 0;
}

/** False as soon as what was seen cannot become an INSERT any more. */
function mayInsert(seen: readonly Token[], { text, depth }: Token): boolean {
  const first = seen[0]?.text;
  if (depth > 0) return true;
  if (first === 'WITH') return text !== ';' && (text !== 'SELECT' || hasInsert(seen));
  return first === 'INSERT' && text !== ';';
}

/** An INSERT … SELECT has rows behind its FORMAT only when it reads them through input(). */
function startsRows(seen: readonly Token[]): boolean {
  refuseFiles(seen);
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

const SETTING = String.raw`\w+\s*=\s*(?:'(?:[^'\\]|\\.|'')*'|[\w.+-]+)`;
const SETTINGS = new RegExp(String.raw`\s+SETTINGS\s+${SETTING}(?:\s*,\s*${SETTING})*`, 'iy');

/** `FORMAT CSV SETTINGS a = 1, b = 'x'` followed by rows. */
function settingsEnd(head: Latin1, from: number): number {
  SETTINGS.lastIndex = from;
  return SETTINGS.test(head) ? SETTINGS.lastIndex : from;
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

/** Statements as their words and signs, without what stands in quotes. */
const shape = (own: readonly Token[]) =>
  own.map(({ kind, text }) => (kind === 'word' || kind === 'symbol' ? text : `'…'`)).join(' ');

/** chDB runs as a local tool and would read and write files for its user; a server does neither for a client. */
const REFUSED: readonly (readonly [RegExp, RaisedName, string])[] = [
  [/\bFROM INFILE '/, 'UNKNOWN_TYPE_OF_QUERY', 'Query has infile and was send directly to server.'],
  [/\bINTO OUTFILE '/, 'INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed.'],
  [
    /\bSOURCE \( (FILE|EXECUTABLE|LIBRARY)/,
    'ACCESS_DENIED',
    'Dictionaries over files or programs are not allowed here.',
  ],
  [/\bENGINE (= )?(FILESYSTEM|SQLITE)\b/, 'ACCESS_DENIED', 'Databases and tables over files are not allowed here.'],
];

function refuseFiles(own: readonly Token[]): void {
  const text = shape(own);
  for (const [pattern, name, message] of REFUSED) if (pattern.test(text)) throw raise(name, message);
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

const BEFORE_A_COLUMN = /^(BY|SELECT|WHERE|AND|OR|NOT|,|\.|[-+/%=<>])$/;

/** FORMAT and a name, at the end or in front of the last SETTINGS: anything else called "format" is a column. */
function formatClause({ tokens: own }: Statement): { keyword: Token; name: Token } | undefined {
  const settings = own.findLastIndex(({ text, depth, kind }) => text === 'SETTINGS' && depth === 0 && kind === 'word');
  for (const end of [own.length, settings]) {
    const [before, keyword, name] = end < 3 ? [] : own.slice(end - 3, end);
    const isClause = keyword?.text === 'FORMAT' && keyword.depth === 0 && name?.kind === 'word';
    if (before && isClause && !BEFORE_A_COLUMN.test(before.text)) return { keyword, name };
  }
  return undefined;
}
