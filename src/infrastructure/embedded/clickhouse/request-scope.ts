import type { Session } from 'chdb';
import { raise } from './exceptions.js';
import { LIMITS } from './limits.js';
import type { QueryRequest } from './query-request.js';
import { identifier, literal } from './sql-tokens.js';

/** Characters, and a character is at most four bytes: well below the server's max_query_size. */
const LONG_PARAMS = 32 * 1024;

/** Settings of one request, put on a session that will not outlive it. */
export async function enter(session: Session, request: QueryRequest, defaults: readonly string[]): Promise<void> {
  await enterDatabase(session, request);
  const own = defaults.filter((assignment) => !request.settings.has(assignment.split(' ', 1)[0] ?? ''));
  const readonly = request.mayWrite ? [] : ['readonly = 2'];
  set(session, [comment(request), ...own, ...readonly]);
  setParams(session, request.params);
  set(session, assignments(request.settings));
}

/**
 * The same on a session that stays: what the request changes is put back behind it. `readonly` cannot be put back, so
 * it goes with the query itself (see readonlyLevel).
 */
export async function enterNamed(session: Session, request: QueryRequest, defaults: readonly string[]) {
  const settings = new Map(request.settings);
  settings.delete('readonly');
  const own = defaults.filter((assignment) => !settings.has(assignment.split(' ', 1)[0] ?? ''));
  const names = [...settings.keys(), ...own.map((assignment) => assignment.split(' ', 1)[0] ?? '')];
  const restore = [...changed(session, names)];
  const database = session.query('SELECT currentDatabase()', 'TSVRaw').trimEnd();
  const leave = async (): Promise<void> => {
    set(session, restore);
    if (request.database !== undefined) await session.queryAsync(`USE ${identifier(database)}`);
  };
  try {
    await enterDatabase(session, request);
    mark(session, request);
    setParams(session, request.params);
    set(session, [...own, ...assignments(settings)]);
    return leave;
  } catch (cause) {
    await leave();
    throw cause;
  }
}

/** How read-only a request on a named session must be: its own wish, or 2 for everything but POST. */
export function readonlyLevel(request: QueryRequest): string | undefined {
  const asked = request.settings.get('readonly');
  if (asked !== undefined && !/^[012]$/.test(asked)) throw raise('BAD_ARGUMENTS', 'The setting readonly is 0, 1 or 2.');
  if (asked === '0') return undefined;
  return asked ?? (request.mayWrite ? undefined : '2');
}

async function enterDatabase(session: Session, { database }: QueryRequest): Promise<void> {
  if (database !== undefined) await session.queryAsync(`USE ${identifier(database)}`);
}

/** Marks the request in the engine's process list. */
function comment({ requestId }: QueryRequest): string {
  return `log_comment = ${literal(requestId)}`;
}

function mark(session: Session, request: QueryRequest): void {
  try {
    set(session, [comment(request)]);
  } catch {
    // The client made its session read-only for good: its queries run, but cannot be found to be cancelled.
  }
}

function assignments(values: ReadonlyMap<string, string>): string[] {
  return [...values].map(([name, value]) => `${name} = ${literal(value)}`);
}

/** A server binds parameters apart from the statement, so their length does not count as its length. */
function setParams(session: Session, params: ReadonlyMap<string, string>): void {
  const list = assignments(params);
  const isLong = list.reduce((sum, { length }) => sum + length, 0) > LONG_PARAMS;
  if (isLong) set(session, [`max_query_size = ${4 * LIMITS.maxStatementBytes}`]);
  set(session, list);
  if (isLong) set(session, ['max_query_size = DEFAULT']);
}

function set(session: Session, list: readonly string[]): void {
  if (list.length > 0) session.query(`SET ${list.join(', ')}`);
}

/** The assignments that lead back to what these settings are now. */
function* changed(session: Session, names: readonly string[]): Generator<string> {
  if (names.length === 0) return;
  const list = names.map(literal).join(', ');
  const rows = session.query(
    `SELECT name, value, changed FROM system.settings WHERE name IN (${list})`,
    'JSONCompactEachRow',
  );
  for (const line of rows.split('\n').filter(Boolean)) {
    const [name, value, isChanged] = JSON.parse(line) as [string, string, number];
    yield `${name} = ${isChanged ? literal(value) : 'DEFAULT'}`;
  }
}
