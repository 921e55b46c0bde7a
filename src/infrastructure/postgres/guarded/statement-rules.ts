import { PenstockError } from '../../../domain/errors.js';
import type { StatementMode } from '../../../domain/workflow-gateway/guarded-statement.js';
import { isRefusedFunction, isRefusedRelation } from './refused-names.js';
import type { ParsedStatement } from './statement-parser.js';

const CHANGING = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
/** Options of EXPLAIN that leave the statement alone. ANALYZE, and what implies it, runs it. */
const EXPLAIN_OPTIONS = new Set(['costs', 'verbose', 'format', 'summary', 'generic_plan', 'memory']);

/**
 * What the text itself tells: whether the mode allows such a statement, and whether it names what nobody may use. What
 * functions are declared to do is looked up in the catalog besides, and the role and the transaction hold in any case.
 *
 * @throws PenstockError `query.refused`
 */
export function checkStatement(parsed: ParsedStatement, mode: StatementMode): void {
  const known = passed[mode];
  if (known.has(parsed)) return;
  checkAll(parsed, mode);
  known.add(parsed);
}

/** A parsed statement never changes, and neither do the rules. */
const passed: Readonly<Record<StatementMode, WeakSet<ParsedStatement>>> = { read: new WeakSet(), write: new WeakSet() };

function checkAll(parsed: ParsedStatement, mode: StatementMode): void {
  checkKind(parsed, mode);
  const { facts } = parsed;
  if (facts.hasInto) throw refused('SELECT … INTO makes a table');
  if (facts.hasLock && mode === 'read') throw refused('it locks rows, which reading does not');
  for (const { schema, name } of facts.relations) {
    if (isRefusedRelation(schema, name))
      throw refused(`${schema === '' ? '' : `${schema}.`}${name} is not for guarded statements`);
  }
  for (const { name } of facts.functions) {
    if (isRefusedFunction(name)) throw refused(`the function ${name} is not for guarded statements`);
  }
}

/** Whether its rows can be had page by page, and the statement be explained. */
export function isQuery({ kind }: ParsedStatement): boolean {
  return kind === 'SelectStmt';
}

function checkKind({ kind, tree, facts }: ParsedStatement, mode: StatementMode): void {
  const isExplain = kind === 'ExplainStmt';
  if (isExplain) checkExplain(tree);
  const allowed = (name: string): boolean =>
    name === 'SelectStmt' || (name === 'ExplainStmt' && isExplain) || (mode === 'write' && CHANGING.has(name));
  const other = [...facts.statements].find((name) => !allowed(name));
  if (other === undefined) return;
  const why = mode === 'write' ? 'a guarded statement changes rows, and nothing else' : 'it is not one that only reads';
  throw refused(`${why} (${other.replace(/Stmt$/, '')})`);
}

function checkExplain(tree: Readonly<Record<string, unknown>>): void {
  const options = (tree['options'] ?? []) as readonly { DefElem?: { defname?: string } }[];
  const name = options.map(({ DefElem }) => DefElem?.defname ?? '').find((option) => !EXPLAIN_OPTIONS.has(option));
  if (name !== undefined) throw refused(`EXPLAIN with ${name.toUpperCase()} does more than explain`);
  const { query } = tree;
  if (typeof query !== 'object' || query === null || !('SelectStmt' in query))
    throw refused('only what reads can be explained');
}

export function refused(why: string): PenstockError {
  return new PenstockError('query.refused', `The statement is refused: ${why}.`);
}
