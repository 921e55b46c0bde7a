import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ChdbEngine } from './chdb-engine.js';
import { type Credentials, authenticate } from './credentials.js';
import { prepareDataDirectory } from './data-directory.js';
import { asClickHouseException } from './exceptions.js';
import { HttpSessions } from './http-sessions.js';
import { InsertSpool } from './insert-spool.js';
import { LIMITS } from './limits.js';
import { isOn, readRequest, type QueryRequest } from './query-request.js';
import { QueryResponse } from './query-response.js';
import { QueryRunner, type RunnerParts, type Work } from './query-runner.js';
import { readBody, readForm } from './request-body.js';
import { ResultPipes } from './result-pipes.js';
import { latin1, parseStatement } from './statement.js';

export interface EndpointOptions extends Credentials {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly concurrency: number;
  readonly maxInsertBytes: number;
}

/** A request under way, and how to end it early. */
interface UnderWay {
  readonly cancel: AbortController;
  /** Its rows are complete: it may finish, whether its client still waits or not. */
  inserts: boolean;
}

/** The HTTP interface of ClickHouse in front of chDB, complete for what its clients send. */
export class ClickHouseEndpoint {
  private readonly server: Server;
  private readonly runner: QueryRunner;
  private readonly underWay = new Map<Promise<void>, UnderWay>();

  private constructor(
    private readonly options: EndpointOptions,
    private readonly parts: RunnerParts,
  ) {
    this.runner = new QueryRunner(parts, options.concurrency);
    const limits = {
      keepAliveTimeout: LIMITS.keepAliveTimeoutMs,
      requestTimeout: LIMITS.requestTimeoutMs,
      maxHeaderSize: LIMITS.maxUriBytes,
    };
    this.server = createServer(limits, (request, response) => this.route(request, response));
  }

  static async start(options: EndpointOptions): Promise<ClickHouseEndpoint> {
    const directory = prepareDataDirectory(options.dir);
    const chdb = await ChdbEngine.open(directory);
    const sessions = new HttpSessions(() => chdb.session());
    const spool = new InsertSpool(directory, options.maxInsertBytes);
    const pipes = new ResultPipes(directory.pipes, options.concurrency);
    const endpoint = new ClickHouseEndpoint(options, { chdb, sessions, pipes, spool });
    await endpoint.listen();
    return endpoint;
  }

  private listen(): Promise<void> {
    const { port, host } = this.options;
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port; // a TCP server that listens
  }

  /**
   * Inserts under way are waited for, within a limit; everything else is cancelled.
   *
   * @returns false when something is running still: closing the engine under it would not end well
   */
  async stop(): Promise<boolean> {
    this.server.close();
    for (const { cancel, inserts } of this.underWay.values()) if (!inserts) cancel.abort();
    await Promise.race([
      Promise.allSettled(this.underWay.keys()),
      delay(LIMITS.shutdownGraceMs, undefined, { ref: false }),
    ]);
    this.server.closeAllConnections();
    if (this.underWay.size > 0) return false;
    this.parts.sessions.close();
    this.parts.chdb.close();
    await this.parts.spool.close();
    return true;
  }

  private route(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const simple = url.pathname === '/ping' || url.pathname === '/replicas_status';
    const idle = url.pathname === '/' && request.method === 'GET' && !url.searchParams.has('query');
    if (simple || idle) {
      response.end('Ok.\n');
      return;
    }
    if (url.pathname !== '/') {
      response
        .writeHead(404, { 'Content-Type': 'text/plain; charset=UTF-8' })
        .end(`There is no handle ${url.pathname}\n`);
      return;
    }
    this.track(request, response, url.searchParams);
  }

  private track(request: IncomingMessage, response: ServerResponse, url: URLSearchParams): void {
    const entry: UnderWay = { cancel: new AbortController(), inserts: false };
    response.once('close', () => {
      if (!response.writableFinished && !entry.inserts) entry.cancel.abort();
    });
    const served = this.serve(request, response, { url, entry }).finally(() => this.underWay.delete(served));
    this.underWay.set(served, entry);
  }

  private async serve(
    request: IncomingMessage,
    response: ServerResponse,
    { url, entry }: { url: URLSearchParams; entry: UnderWay },
  ): Promise<void> {
    const { version, timezone } = this.parts.chdb;
    const compress = url.has('enable_http_compression') ? isOn(url.get('enable_http_compression')) : true;
    const answer = new QueryResponse(request, response, { version, timezone, compress });
    let work: Work | undefined;
    try {
      authenticate(this.options, request.headers, url);
      const isForm = request.headers['content-type']?.startsWith('multipart/form-data') ?? false;
      const form = isForm ? await readForm(request) : new URLSearchParams();
      const asked = readRequest(request, url, form);
      answer.queryId = asked.queryId;
      work = await this.readWork(request, {
        asked,
        url: isForm ? joined(url, form) : url,
        signal: entry.cancel.signal,
      });
      entry.inserts = work.kind === 'rows';
      await answer.finish(
        await this.runner.run({ request: asked, work, response: answer, signal: entry.cancel.signal }),
      );
    } catch (cause) {
      // Many a client reads no answer before it has sent all, and Node takes the rest only of what nobody began to read.
      request.unpipe().resume();
      answer.fail(asClickHouseException(cause));
    } finally {
      if (work?.kind === 'rows') await work.rows.remove();
    }
  }

  private async readWork(request: IncomingMessage, { asked, url, signal }: Reading): Promise<Work> {
    const query = url.get('query') ?? '';
    if (request.readableEnded) return { kind: 'statement', statement: parseStatement(latin1(Buffer.from(query))) };
    // Nobody waits for the rest of a request that was given up.
    const giveUp = () => request.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const body = await readBody(request, query, Number(asked.settings.get('max_query_size') ?? 0));
      if (body.kind === 'statement') return { kind: 'statement', statement: parseStatement(body.text) };
      const rows = await this.parts.spool.write(body.rows);
      return { kind: 'rows', insert: body.insert, rows, compression: body.compression };
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }
}

interface Reading {
  readonly asked: QueryRequest;
  readonly url: URLSearchParams;
  readonly signal: AbortSignal;
}

/** A form may bring the statement; it stands behind the one of the URL. */
function joined(url: URLSearchParams, form: URLSearchParams): URLSearchParams {
  const query = [url.get('query'), form.get('query')].filter(Boolean).join('\n');
  return new URLSearchParams({ query });
}
