/** A name as the parser has it: unescaped, folded, with what stands before it. */
export interface QualifiedName {
  /** Empty where the statement does not say. */
  readonly schema: string;
  readonly name: string;
}

/** What a statement is made of, as far as the guard cares. */
export interface StatementFacts {
  /** Kinds of statements in it, at any depth, as PostgreSQL's parser calls them: `SelectStmt`. */
  readonly statements: ReadonlySet<string>;
  readonly relations: readonly QualifiedName[];
  readonly functions: readonly QualifiedName[];
  readonly operators: readonly QualifiedName[];
  readonly types: readonly QualifiedName[];
  /** Names behind a dot: columns, or functions that are called as if they were columns. */
  readonly attributes: readonly string[];
  /** `FOR UPDATE` and its kin. */
  readonly hasLock: boolean;
  /** `SELECT … INTO`. */
  readonly hasInto: boolean;
}

type Tree = Readonly<Record<string, unknown>>;

class Facts implements StatementFacts {
  readonly statements = new Set<string>();
  readonly relations: QualifiedName[] = [];
  readonly functions: QualifiedName[] = [];
  readonly operators: QualifiedName[] = [];
  readonly types: QualifiedName[] = [];
  readonly attributes: string[] = [];
  hasLock = false;
  hasInto = false;

  /** By what an object has, not by what it is called: the parser leaves names of node types out where they are fixed. */
  take(key: string, node: Tree): void {
    if (/^[A-Z].*Stmt$/u.test(key)) this.statements.add(key);
    this.hasInto ||= 'intoClause' in node;
    this.hasLock ||= 'lockingClause' in node;
    this.takeNames(node);
  }

  private takeNames(node: Tree): void {
    if ('relname' in node) this.relations.push({ schema: text(node['schemaname']), name: text(node['relname']) });
    if ('funcname' in node) this.functions.push(qualified(node['funcname']));
    if ('names' in node) this.types.push(qualified(node['names']));
    if (text(node['kind']).startsWith('AEXPR')) this.operators.push(qualified(node['name']));
    for (const key of ['useOp', 'operName']) if (key in node) this.operators.push(qualified(node[key]));
    for (const key of ['fields', 'indirection']) this.attributes.push(...names(node[key]));
  }
}

/** Walks the whole tree without recursion: its depth is the caller's to choose. */
export function statementFacts(tree: unknown): StatementFacts {
  const facts = new Facts();
  const left: (readonly [string, unknown])[] = [['', tree]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [key, value] = next;
    if (Array.isArray(value)) {
      for (const item of value) left.push([key, item]);
    } else if (typeof value === 'object' && value !== null) {
      facts.take(key, value as Tree);
      for (const entry of Object.entries(value)) left.push(entry);
    }
  }
  return facts;
}

/** `[{String: {sval: 'pg_catalog'}}, {String: {sval: 'lower'}}]`; a database before the schema is left out. */
function qualified(list: unknown): QualifiedName {
  const parts = names(list);
  return { schema: parts.at(-2) ?? '', name: parts.at(-1) ?? '' };
}

function names(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((item: { String?: { sval?: unknown } }) => text(item.String?.sval)).filter((name) => name !== '');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
