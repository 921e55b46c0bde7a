import { isHarmlessFunction, isRefusedFunction } from './refused-names.js';
import type { StatementFacts } from './statement-facts.js';
import { refused } from './statement-rules.js';
import type { StepAnswer, WireStep } from './wire-exchange.js';

/**
 * Functions that a statement may call and that are declared to change things, or to run with their owner's rights.
 * Which of several of one name is meant, only PostgreSQL's own analysis knows: so one that is refused refuses the name.
 * Operators and casts call functions as well. Those that PostgreSQL itself brings call harmless ones (measured over its
 * catalog), and a name that it has an operator of is taken for that one; what is left are those of extensions and users.
 */
const ROUTINES = `
  WITH asked AS (
    SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[]) AS a(what, schema, name)
  ), path AS (
    SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname = ANY (pg_catalog.current_schemas(true))
  ), called AS (
    SELECT p.oid, a.name FROM asked a JOIN pg_catalog.pg_proc p ON p.proname = a.name
    WHERE a.what = 'function' AND (p.pronamespace IN (SELECT oid FROM path) AND a.schema = ''
       OR p.pronamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = a.schema))
    UNION ALL
    SELECT p.oid, a.name FROM asked a JOIN pg_catalog.pg_proc p ON p.proname = a.name
      JOIN pg_catalog.pg_type t ON t.oid = p.proargtypes[0]
    WHERE a.what = 'attribute' AND p.pronamespace IN (SELECT oid FROM path) AND t.typtype IN ('c', 'p')
    UNION ALL
    SELECT o.oprcode, a.name FROM asked a JOIN pg_catalog.pg_operator o ON o.oprname = a.name
    WHERE a.what = 'operator' AND (a.schema <> '' OR NOT EXISTS (
      SELECT FROM pg_catalog.pg_operator b WHERE b.oprname = a.name AND b.oprnamespace = 'pg_catalog'::regnamespace))
    UNION ALL
    SELECT c.castfunc, a.name FROM asked a JOIN pg_catalog.pg_type t ON t.typname = a.name
      JOIN pg_catalog.pg_cast c ON c.casttarget = t.oid
    WHERE a.what = 'type'
  )
  SELECT DISTINCT n.nspname, p.proname, c.name, p.provolatile = 'v', p.prosecdef
  FROM called c JOIN pg_catalog.pg_proc p ON p.oid = c.oid JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE p.provolatile = 'v' OR p.prosecdef OR p.proname <> c.name AND n.nspname <> 'pg_catalog'`;

interface Verdict {
  readonly atMs: number;
  /** Names to be refused, with why; undefined: none. */
  readonly refusal: string | undefined;
}

export interface RoutineRules {
  readonly canWrite: boolean;
  /** `schema.name` of functions that an administrator allows, whatever they are declared as. */
  readonly allowed: ReadonlySet<string>;
}

/** How long a verdict holds: functions change rarely, and those who call here cannot change them. */
const HOLDS_MS = 10_000;

/** Looks up what a statement calls, and remembers the verdict as long as the parsed statement is remembered. */
export class RoutineCheck {
  private readonly reading = new WeakMap<StatementFacts, Verdict>();
  private readonly writing = new WeakMap<StatementFacts, Verdict>();

  constructor(private readonly allowed: ReadonlySet<string>) {}

  /** What has to be asked of the catalog, as the role and with its search path; undefined when it is known. */
  question(facts: StatementFacts, canWrite: boolean): WireStep | undefined {
    const known = this.verdicts(canWrite).get(facts);
    if (known === undefined || performance.now() - known.atMs > HOLDS_MS)
      return { text: ROUTINES, values: asked(facts) };
    if (known.refusal !== undefined) throw refused(known.refusal);
    return undefined;
  }

  /** @throws PenstockError `query.refused` */
  judge(facts: StatementFacts, canWrite: boolean, { rows }: StepAnswer): void {
    const rules = { canWrite, allowed: this.allowed };
    const refusal = rows.map((row) => refusalOf(row, rules)).find((why) => why !== undefined);
    this.verdicts(canWrite).set(facts, { atMs: performance.now(), refusal });
    if (refusal !== undefined) throw refused(refusal);
  }

  private verdicts(canWrite: boolean): WeakMap<StatementFacts, Verdict> {
    return canWrite ? this.writing : this.reading;
  }
}

function refusalOf(row: readonly (string | null)[], { canWrite, allowed }: RoutineRules): string | undefined {
  const [schema = '', name = '', calledAs = '', isVolatile, isDefiner] = row.map((cell) => cell ?? '');
  const full = `${schema}.${name}`;
  if (allowed.has(full)) return undefined;
  if (isRefusedFunction(name)) return `${calledAs} calls the function ${full}, which is not for guarded statements`;
  if (isDefiner === 't') return `${full} runs with the rights of its owner`;
  if (isVolatile !== 't' || (schema === 'pg_catalog' && isHarmlessFunction(name, canWrite))) return undefined;
  return `${full} is declared volatile, which may change things`;
}

function asked({ functions, attributes, operators, types }: StatementFacts): string[] {
  const all = [
    ...functions.map(({ schema, name }) => ['function', schema, name]),
    ...attributes.map((name) => ['attribute', '', name]),
    ...operators.map(({ schema, name }) => ['operator', schema, name]),
    ...types.map(({ schema, name }) => ['type', schema, name]),
  ];
  return [0, 1, 2].map((part) => arrayText(all.map((each) => each[part] ?? '')));
}

/** A list of texts in PostgreSQL's notation of arrays. */
export function arrayText(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/gu, String.raw`\$&`)}"`).join(',')}}`;
}
