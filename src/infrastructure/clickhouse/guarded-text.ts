import { PenstockError } from '../../domain/errors.js';

/**
 * Table functions that neither reach beyond the database nor run a text. `readonly = 1` closes most others as well; it
 * leaves `cluster`, `input` and `eval` open, and what a later release brings.
 */
const TABLE_FUNCTIONS = new Set(
  'numbers numbers_mt zeros zeros_mt generateseries generate_series primes values view null generaterandom format'.split(
    ' ',
  ),
);

/** Functions that reach beyond the database, run a text, wait, or tell about the server. */
const REFUSED_FUNCTIONS: readonly RegExp[] = [
  /^(file|url|s3|gcs|oss|cosn|hdfs|azure|iceberg|deltalake|hudi|paimon|ytsaurus|arrow|prometheus|timeseries(data|tags|metrics|samples|selector))/,
  /^(remote|cluster|mysql|postgresql|mongodb|redis|sqlite|odbc|jdbc|executable|input$|eval$|python|loop$|merge$|mergetree|viewexplain|viewifpermitted)/,
  /^(dictionary$|dictget|dicthas$|dictisin$|joinget|catboostevaluate$|modelevaluate$|ai(generate|classify|extract|translate|embed))/,
  /^(sleep|getsetting|getserversetting|getmergetreesetting|getmacro|filesystem|addressto|demangle$|hostname$|fqdn$|fullhostname$|tcpport$|serveruuid$|currentprofiles$|enabledprofiles$|defaultprofiles$)/,
];
/** … but these are about texts. */
const HARMLESS_FUNCTIONS = new Set(['urlhash', 'urlhierarchy', 'urlpathhierarchy']);

/** Tables of the engine that tell about tables; the rest tells about users, settings and other people's queries. */
const SYSTEM_TABLES = new Set(
  'one numbers numbers_mt zeros zeros_mt primes tables columns databases functions data_type_families time_zones'.split(
    ' ',
  ),
);
const SHOWN = /^SHOW (TABLES|DATABASES|COLUMNS|INDEXES|FUNCTIONS|CREATE (TABLE|VIEW))\b/u;

const TOKEN = /'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|[\p{L}_][\p{L}\p{N}_$]*|[^\s]/gsu;
/** A parameter of this type is a name, and would be looked at by nobody. */
const NAME_PARAMETER = /\{[^{}:]*:\s*Identifier\b/u;

/**
 * What a reading statement may name, beyond what `readingStatement` asks of it.
 *
 * @param formatted by the server itself, which has left nothing of comments and of other ways to write a name
 * @throws PenstockError `query.refused`
 */
export function checkGuardedText(formatted: string): void {
  const tokens = formatted.match(TOKEN) ?? [];
  if (formatted.startsWith('SHOW') && !SHOWN.test(formatted)) throw refused('it shows more than tables');
  if (NAME_PARAMETER.test(formatted.replaceAll(/'(?:[^'\\]|\\.)*'/gsu, "''"))) {
    throw refused('a name cannot be a parameter');
  }
  for (const [index, token] of tokens.entries()) checkName(token, tokens, index);
}

function checkName(token: string, tokens: readonly string[], index: number): void {
  const name = nameOf(token);
  if (name === undefined) return;
  const [beforeLast, before, next, afterNext] = [-2, -1, 1, 2].map((by) => tokens[index + by]);
  const isApplied = before === 'APPLY' || (before === '(' && beforeLast === 'APPLY');
  if (next === '(' || isApplied) checkCall(name, isTablePlace(before, beforeLast));
  if (before === '.') return;
  if (next === '.') checkDatabase(name, nameOf(afterNext ?? ''));
  else if (before === 'FROM') checkDatabase(name, undefined);
}

/** Behind FROM, JOIN or TABLE; behind a comma a table function is known by its name only. */
function isTablePlace(before: string | undefined, beforeLast: string | undefined): boolean {
  return before === 'FROM' || before === 'TABLE' || (before === 'JOIN' && beforeLast !== 'ARRAY');
}

function checkCall(name: string, isTable: boolean): void {
  const called = name.toLowerCase();
  const isRefused = isTable
    ? !TABLE_FUNCTIONS.has(called)
    : !HARMLESS_FUNCTIONS.has(called) && REFUSED_FUNCTIONS.some((pattern) => pattern.test(called));
  if (isRefused) throw refused(`the function ${name} is not for guarded statements`);
}

function checkDatabase(database: string, table: string | undefined): void {
  const name = database.toLowerCase();
  const isRefused = name === 'penstock' || (name === 'system' && table !== undefined && !SYSTEM_TABLES.has(table));
  if (isRefused) throw refused(`"${database}.${table ?? '*'}" is not for guarded statements`);
}

function nameOf(token: string): string | undefined {
  if (/^[`"]/u.test(token)) return token.slice(1, -1).replaceAll(/\\(.)/gsu, '$1');
  return /^[\p{L}_]/u.test(token) ? token : undefined;
}

function refused(why: string): PenstockError {
  return new PenstockError('query.refused', `The statement is refused: ${why}.`);
}
