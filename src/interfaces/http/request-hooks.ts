import { randomUUID } from 'node:crypto';
import { finished } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PenstockError } from '../../domain/errors.js';
import { pathOf } from './problem.js';

/** One request, when it is over. */
export interface RequestOutcome {
  readonly requestId: string;
  readonly method: string;
  /** Without the query, whose values may be secret. */
  readonly path: string;
  /** The pattern, of which there are few; `unknown` for none. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly caller: string | undefined;
  readonly problemCode: string | undefined;
  /** The client left before it had the whole answer. */
  readonly isAborted: boolean;
}

/** What the rest of the service sees of each request. */
export interface RequestWatch {
  /** Runs the handling of a request as part of it, for log lines. */
  within(requestId: string, handle: () => void): void;
  began(): void;
  ended(outcome: RequestOutcome): void;
  isStopping(): boolean;
  /** Throws when a request with these headers must not be served. */
  admit(headers: IncomingMessage['headers']): void;
}

/** Node, Fastify, Nest and the service wait for the end of a streamed answer: 11 of them, and Node warns of more than 10. */
const MAX_ANSWER_LISTENERS = 20;

/** As nginx calls it: there is no status for an answer nobody took. */
const STATUS_CLIENT_LEFT = 499;

/** The caller's id when it is harmless in logs and headers, a new one otherwise. */
export function requestIdOf(raw: Pick<IncomingMessage, 'headers'>): string {
  const given = raw.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

export function addRequestHooks(fastify: FastifyInstance, watch: RequestWatch): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    watch.began();
    reply.raw.setMaxListeners(MAX_ANSWER_LISTENERS);
    finished(reply.raw, { readable: false }, (error) =>
      watch.ended(outcomeOf(request, reply, error !== undefined && error !== null)),
    );
    watch.within(request.id, done);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    done(refusalOf(request, reply, watch));
  });
}

function refusalOf(request: FastifyRequest, reply: FastifyReply, watch: RequestWatch): Error | undefined {
  if (watch.isStopping() && !request.url.startsWith('/health')) {
    void reply.header('connection', 'close');
    return new PenstockError('service.stopping', 'The service is stopping; another replica can answer.', {
      retryAfterMs: 1000,
    });
  }
  try {
    requireReadable(request.url);
    watch.admit(request.headers);
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

/** The parser of queries takes what it cannot decode for a text: a filter would look for something else than was meant. */
function requireReadable(url: string): void {
  const query = url.slice(pathOf(url).length);
  if (!query.includes('%')) return;
  try {
    decodeURIComponent(query);
  } catch (cause) {
    const message =
      'The query of the URL cannot be decoded: write "%" as "%25", and other texts as UTF-8, percent-encoded.';
    throw new PenstockError('request.malformed', message, { cause });
  }
}

function outcomeOf(request: FastifyRequest, reply: FastifyReply, isAborted: boolean): RequestOutcome {
  const { caller } = request;
  return {
    requestId: request.id,
    method: request.method,
    path: pathOf(request.url).slice(0, 500),
    route: request.routeOptions.url ?? 'unknown',
    status: isAborted ? STATUS_CLIENT_LEFT : reply.statusCode,
    durationMs: Math.round(reply.elapsedTime),
    caller: caller === undefined || caller instanceof PenstockError ? undefined : caller.name,
    problemCode: request.problemCode,
    isAborted,
  };
}
