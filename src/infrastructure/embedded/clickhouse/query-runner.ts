import { createReadStream } from 'node:fs';
import type { ChdbResult, Session } from 'chdb';
import pLimit from 'p-limit';
import type { ChdbEngine } from './chdb-engine.js';
import { raise } from './exceptions.js';
import type { HttpSessions } from './http-sessions.js';
import type { InsertSpool, Spooled } from './insert-spool.js';
import { insertDefaults, insertRowsInto, insertSelected } from './insert-run.js';
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

export interface RunnerParts {
  readonly chdb: ChdbEngine;
  readonly sessions: HttpSessions;
  readonly pipes: ResultPipes;
  readonly spool: InsertSpool;
}

/** Runs requests on the engine: so many at once, each on a session of its own, cancelled when nobody waits any more. */
export class QueryRunner {
  private readonly running = new Map<string, Turn>();
  private readonly turns: ReturnType<typeof pLimit>;

  constructor(
    private readonly engine: RunnerParts,
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

  private cancelOnAbort({ signal, request }: Turn): () => void {
    let stop = () => undefined;
    const onAbort = () => {
      stop = this.keepCancelling(request);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return () => {
      signal.removeEventListener('abort', onAbort);
      stop();
    };
  }

  /** Asks again until it is told to stop: a query that is just starting is not in the engine's list yet. */
  private keepCancelling({ requestId }: QueryRequest): () => undefined {
    let timer: NodeJS.Timeout | undefined;
    const cancel = (left: number) => {
      this.engine.chdb.cancel(requestId);
      if (left > 0) timer = setTimeout(() => cancel(left - 1), LIMITS.cancelRetryMs);
    };
    cancel(LIMITS.cancelRetries);
    return () => {
      clearTimeout(timer);
    };
  }

  private async onOwnSession(turn: Turn): Promise<Summary> {
    const session = this.engine.chdb.session();
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
    const { session, giveBack } = this.engine.sessions.take(request.session);
    try {
      const leave = await enterNamed(session, request, defaultsFor(work));
      try {
        return await this.execute(session, turn, readonly);
      } finally {
        await leave();
      }
    } finally {
      giveBack();
    }
  }

  private execute(session: Session, turn: Turn, readonly: string | undefined): Promise<Summary> {
    const { work } = turn;
    if (work.kind === 'rows') return insertRowsInto(session, work);
    const { statement } = work;
    if (statement.kind === 'insert') return insertSelected(session, utf8(statement.sql));
    if (statement.kind === 'reading') return this.read(session, turn, { statement, readonly });
    return this.command(session, turn, statement);
  }

  private async read(
    session: Session,
    { request, response }: Turn,
    { statement, readonly }: { statement: Statement; readonly: string | undefined },
  ): Promise<Summary> {
    const pipe = this.engine.pipes.open();
    try {
      const leading = { path: pipe.path, defaultFormat: request.defaultFormat, readonlyLevel: readonly };
      const { sql, format } = ledInto(leading, statement);
      const query = session.queryAsync(sql).finally(() => pipe.writerDone());
      const forward = request.waitEndOfQuery
        ? this.forwardWhole(pipe.reader, query)
        : forwardAsRead(pipe.reader, query);
      return await forward(response, format).catch(async (cause: unknown) => {
        await this.cancelUntilSettled(request, query); // the pipe is the engine's until its query has ended
        throw cause;
      });
    } finally {
      pipe.close();
    }
  }

  /** `wait_end_of_query`: nothing is sent until the result is known to be whole. */
  private forwardWhole(reader: AsyncIterable<Buffer>, query: Promise<ChdbResult>): Forward {
    return async (response, format) => {
      query.catch(() => undefined); // awaited below, once the pipe is empty
      const spooled = await this.engine.spool.write(reader);
      try {
        const summary = readBy(await query, spooled.bytes);
        response.summarize(summary);
        await copy(createReadStream(spooled.path), response, format);
        return summary;
      } finally {
        await spooled.remove();
      }
    };
  }

  private async cancelUntilSettled(request: QueryRequest, query: Promise<unknown>): Promise<void> {
    const stop = this.keepCancelling(request);
    await query.catch(() => undefined); // the failure that led here is the one worth reporting
    stop();
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
    return turn && this.engine.chdb.queryIds(turn.request.requestId)[0];
  }
}

type Forward = (response: QueryResponse, format: string) => Promise<Summary>;

/** Passes the result on as fast as the client takes it. */
function forwardAsRead(reader: AsyncIterable<Buffer>, query: Promise<ChdbResult>): Forward {
  return async (response, format) => {
    query.catch(() => undefined); // awaited below, once the pipe is empty
    const bytes = await copy(reader, response, format);
    return readBy(await query, bytes);
  };
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

function readBy({ rowsRead, bytesRead }: ChdbResult, resultBytes: number): Summary {
  return { ...NOTHING, readRows: rowsRead, readBytes: bytesRead, resultRows: rowsRead, resultBytes };
}

function defaultsFor(work: Work): string[] {
  return work.kind === 'rows' ? insertDefaults(work.rows.bytes, work.compression) : [];
}
