import { createReadStream } from 'node:fs';
import type { Session } from 'chdb';
import pLimit from 'p-limit';
import type { ChdbEngine } from './chdb-engine.js';
import { runInsert } from './chdb-native.js';
import { raise } from './exceptions.js';
import type { HttpSessions } from './http-sessions.js';
import type { InsertSpool, Spooled } from './insert-spool.js';
import { insertDefaults, insertFrom, tableForInput } from './insert-statement.js';
import { LIMITS } from './limits.js';
import type { QueryRequest } from './query-request.js';
import { NOTHING, type QueryResponse, type Summary } from './query-response.js';
import { enter, enterNamed, readonlyLevel } from './request-scope.js';
import type { ResultPipes } from './result-pipes.js';
import { type Token, literal } from './sql-tokens.js';
import { type InsertRows, type Statement, ledInto, utf8 } from './statement.js';

/** What one request has to run. */
export type Work =
  | { readonly kind: 'statement'; readonly statement: Statement }
  | {
      readonly kind: 'rows';
      readonly insert: InsertRows;
      readonly rows: Spooled;
      readonly compression: string | undefined;
    };

interface Turn {
  readonly request: QueryRequest;
  readonly work: Work;
  readonly response: QueryResponse;
  readonly signal: AbortSignal;
}

/** Runs requests on the engine: so many at once, each on a session of its own, cancelled when nobody waits any more. */
export class QueryRunner {
  private readonly running = new Map<string, Turn>();
  private readonly turns: ReturnType<typeof pLimit>;

  constructor(
    private readonly engine: ChdbEngine,
    private readonly sessions: HttpSessions,
    private readonly pipes: ResultPipes,
    private readonly spool: InsertSpool,
    concurrency: number,
  ) {
    this.turns = pLimit(concurrency);
  }

  async run(turn: Turn): Promise<Summary> {
    const { queryId } = turn.request;
    if (this.running.has(queryId)) {
      throw raise('QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING', `Query with id = ${queryId} is already running.`);
    }
    if (this.turns.pendingCount >= LIMITS.maxQueuedQueries) {
      throw raise(
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `Too many simultaneous queries. Maximum waiting: ${LIMITS.maxQueuedQueries}`,
      );
    }
    this.running.set(queryId, turn);
    try {
      return await this.turns(() => this.inTurn(turn));
    } finally {
      this.running.delete(queryId);
    }
  }

  private async inTurn(turn: Turn): Promise<Summary> {
    if (turn.signal.aborted) throw raise('ABORTED', 'The client went away before its turn.');
    const cancelled = this.cancelOnAbort(turn);
    try {
      return turn.request.session ? await this.onNamedSession(turn) : await this.onOwnSession(turn);
    } finally {
      cancelled();
    }
  }

  /** Asks again until the query has ended: one that is just starting is not in the engine's list yet. */
  private cancelOnAbort({ signal, request }: Turn): () => void {
    let timer: NodeJS.Timeout | undefined;
    const cancel = (left: number) => {
      this.engine.cancel(request.requestId);
      if (left > 0) timer = setTimeout(() => cancel(left - 1), LIMITS.cancelRetryMs);
    };
    const onAbort = () => cancel(LIMITS.cancelRetries);
    signal.addEventListener('abort', onAbort, { once: true });
    return () => {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    };
  }

  private async onOwnSession(turn: Turn): Promise<Summary> {
    const session = this.engine.session();
    try {
      await enter(session, turn.request, defaultsFor(turn.work));
      return await this.execute(session, turn, undefined);
    } finally {
      session.close();
    }
  }

  private async onNamedSession(turn: Turn): Promise<Summary> {
    const { request, work } = turn;
    if (!request.session) return this.onOwnSession(turn);
    const readonly = readonlyLevel(request);
    const reads = work.kind === 'statement' && work.statement.kind === 'reading';
    if (readonly !== undefined && !reads) throw raise('READONLY', 'Cannot execute query in readonly mode.');
    const { session, giveBack } = this.sessions.take(request.session);
    try {
      const leave = await enterNamed(session, request, defaultsFor(work));
      return await this.execute(session, turn, readonly).finally(leave);
    } finally {
      giveBack();
    }
  }

  private execute(session: Session, turn: Turn, readonly: string | undefined): Promise<Summary> {
    const { work } = turn;
    if (work.kind === 'rows') return insertRowsInto(session, work);
    const { statement } = work;
    if (statement.kind === 'insert') return insertSelected(session, statement);
    if (statement.kind === 'reading') return this.read(session, turn, { statement, readonly });
    return this.command(session, turn, statement);
  }

  private async read(
    session: Session,
    { request, response }: Turn,
    { statement, readonly }: { statement: Statement; readonly: string | undefined },
  ): Promise<Summary> {
    const pipe = this.pipes.open();
    try {
      const { sql, format } = ledInto(
        { path: pipe.path, defaultFormat: request.defaultFormat, readonlyLevel: readonly },
        statement,
      );
      const query = session.queryAsync(sql).finally(() => pipe.writerDone());
      const bytes = await this.forward(pipe.reader, { query, response, format, whole: request.waitEndOfQuery });
      const { rowsRead, bytesRead } = await query;
      return { ...NOTHING, readRows: rowsRead, readBytes: bytesRead, resultRows: rowsRead, resultBytes: bytes };
    } finally {
      pipe.close();
    }
  }

  /** Passes the result on as fast as the client takes it; or, with `wait_end_of_query`, once it is known to be whole. */
  private async forward(
    reader: AsyncIterable<Buffer>,
    to: { query: Promise<unknown>; response: QueryResponse; format: string; whole: boolean },
  ): Promise<number> {
    to.query.catch(() => undefined); // told by whoever awaits it below
    if (!to.whole) {
      const bytes = await copy(reader, to.response, to.format);
      await to.query;
      return bytes;
    }
    const spooled = await this.spool.write(reader);
    try {
      await to.query;
      return await copy(createReadStream(spooled.path), to.response, to.format);
    } finally {
      await spooled.remove();
    }
  }

  private async command(session: Session, { request, response }: Turn, statement: Statement): Promise<Summary> {
    const sql = statement.kind === 'kill' ? this.withEngineIds(statement) : utf8(statement.sql);
    const result = await session.queryAsync(sql, { format: request.defaultFormat });
    const bytes = result.bytes();
    if (bytes.length > 0) response.begin(request.defaultFormat);
    await response.write(Buffer.from(bytes));
    return { ...NOTHING, resultRows: result.rowsRead, resultBytes: bytes.length };
  }

  /** `KILL QUERY WHERE query_id = '…'` names the query as its client knows it. */
  private withEngineIds({ sql, tokens }: Statement): string {
    let at = 0;
    let replaced = '';
    for (const token of tokens) {
      const engineId = this.engineId(token);
      if (engineId === undefined) continue;
      replaced += utf8(sql.slice(at, token.start)) + literal(engineId);
      at = token.end;
    }
    return replaced + utf8(sql.slice(at));
  }

  private engineId({ kind, text }: Token): string | undefined {
    const turn = kind === 'string' ? this.running.get(utf8(text.slice(1, -1))) : undefined;
    return turn && this.engine.queryIds(turn.request.requestId)[0];
  }
}

async function copy(source: AsyncIterable<Buffer>, response: QueryResponse, format: string): Promise<number> {
  let bytes = 0;
  response.begin(format);
  for await (const chunk of source) {
    bytes += chunk.length;
    await response.write(chunk);
  }
  return bytes;
}

function defaultsFor(work: Work): string[] {
  return work.kind === 'rows' ? insertDefaults(work.rows.bytes, work.compression) : [];
}

async function insertRowsInto(session: Session, work: Work & { kind: 'rows' }): Promise<Summary> {
  const { insert, rows, compression } = work;
  const table = insert.input && (await tableForInput(session, insert.input.structure));
  const counts = await runInsert(session, insertFrom({ path: rows.path, compression }, insert, table));
  if (!table) return written(counts);
  try {
    return written(await runInsert(session, table.insert(insert)));
  } finally {
    await session.queryAsync(table.drop);
  }
}

async function insertSelected(session: Session, { sql }: Statement): Promise<Summary> {
  return written(await runInsert(session, utf8(sql)));
}

function written({ rowsWritten, bytesWritten }: { rowsWritten: number; bytesWritten: number }): Summary {
  return {
    readRows: rowsWritten,
    readBytes: bytesWritten,
    writtenRows: rowsWritten,
    writtenBytes: bytesWritten,
    resultRows: rowsWritten,
    resultBytes: bytesWritten,
  };
}
