import { PenstockError } from '../../../domain/errors.js';
import { MAX_STATEMENT_CHARACTERS } from '../../../domain/workflow-gateway/guarded-limits.js';
import { KeptTexts } from './kept-texts.js';
import { type StatementFacts, statementFacts } from './statement-facts.js';

/** A text that PostgreSQL's own parser read as exactly one statement. */
export interface ParsedStatement {
  readonly sql: string;
  /** As the parser calls it: `SelectStmt`. */
  readonly kind: string;
  readonly tree: Readonly<Record<string, unknown>>;
  readonly facts: StatementFacts;
}

interface Parser {
  parseSync(sql: string): unknown;
  scanSync(sql: string): unknown;
}

interface Token {
  readonly text: string;
  readonly tokenType: number;
  readonly tokenName: string;
}

/** Numbers of the scanner's constants and comments; most have no name in its answer. */
const CONSTANTS = new Set([260, 261, 262, 263, 264, 265, 266]);
const COMMENTS = new Set(['SQL_COMMENT', 'C_COMMENT']);
const COMMA = ',';
/**
 * Words of a statement, without constants and commas, of which lists may have any number. More than these could be
 * nested so deeply that the parser, which recurses, runs out of stack: measured to bear 7,000 levels of one word each.
 */
const MAX_WORDS = 4000;

/** PostgreSQL's own parser, compiled to WebAssembly; loaded when the first statement comes. */
export class StatementParser {
  private loading: Promise<Parser> | undefined;
  private readonly parsed = new KeptTexts<ParsedStatement>();
  private readonly maskedTexts = new KeptTexts<string>();

  /** @throws PenstockError `query.refused` unless it is one statement; `query.failed` with the parser's words */
  async parse(sql: string): Promise<ParsedStatement> {
    const known = this.parsed.get(sql);
    if (known !== undefined) return known;
    checkText(sql);
    const parser = await this.load();
    checkDepth(scan(parser, sql));
    return this.parsed.keep(sql, one(sql, read(parser, sql)));
  }

  /** Never fails: what cannot be read is told by nothing but its hash. */
  async masked(sql: string): Promise<string> {
    const known = this.maskedTexts.get(sql);
    if (known !== undefined) return known;
    if (sql.length > MAX_STATEMENT_CHARACTERS || sql.includes('\0')) return '';
    try {
      const parts = scan(await this.load(), sql).filter(({ tokenName }) => !COMMENTS.has(tokenName));
      const texts = parts.map(({ tokenType, text }) => (CONSTANTS.has(tokenType) ? '?' : text));
      return this.maskedTexts.keep(sql, texts.join(' '));
    } catch {
      return '';
    }
  }

  private load(): Promise<Parser> {
    this.loading ??= import('libpg-query').then(async (parser) => {
      await parser.loadModule();
      return parser;
    });
    return this.loading;
  }
}

/** The parser ends at a zero character where the statement goes on, and so does the protocol. */
function checkText(sql: string): void {
  if (sql.length > MAX_STATEMENT_CHARACTERS) {
    throw refused(`it is longer than ${MAX_STATEMENT_CHARACTERS} characters`);
  }
  if (sql.includes('\0')) throw refused('it has a zero character');
  if (/\p{Surrogate}/u.test(sql)) throw refused('it is not valid Unicode');
  if (sql.trim() === '') throw refused('there is no statement');
}

function checkDepth(tokens: readonly Token[]): void {
  const words = tokens.filter(({ tokenType, text }) => !CONSTANTS.has(tokenType) && text !== COMMA).length;
  if (words > MAX_WORDS) throw refused(`it has more than ${MAX_WORDS} words, constants not counted`);
}

function scan(parser: Parser, sql: string): readonly Token[] {
  return (guarded(() => parser.scanSync(sql)) as { tokens?: readonly Token[] }).tokens ?? [];
}

function read(parser: Parser, sql: string): readonly { readonly stmt: Readonly<Record<string, unknown>> }[] {
  const { stmts } = guarded(() => parser.parseSync(sql)) as { stmts?: { stmt: Record<string, unknown> }[] };
  return stmts ?? [];
}

function one(
  sql: string,
  statements: readonly { readonly stmt: Readonly<Record<string, unknown>> }[],
): ParsedStatement {
  const [first] = statements;
  if (first === undefined) throw refused('there is no statement');
  if (statements.length > 1) throw refused('it is more than one statement');
  const [kind = ''] = Object.keys(first.stmt);
  const tree = first.stmt[kind] as Readonly<Record<string, unknown>>; // each node is an object under its type's name
  return { sql, kind, tree, facts: statementFacts(first.stmt) };
}

/** The parser's words are about the text of the caller and quote nothing else. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof RangeError) throw refused('it is nested too deeply');
    throw new PenstockError('query.failed', (cause as Error).message.slice(0, 300)); // the parser throws Errors only
  }
}

function refused(why: string): PenstockError {
  return new PenstockError('query.refused', `The statement is refused: ${why}.`);
}
