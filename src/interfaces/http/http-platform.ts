import type { Socket } from 'node:net';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PenstockError } from '../../domain/errors.js';
import { registerMultipart } from './multipart.js';
import { pathOf, PROBLEM_TYPE, problemOf } from './problem.js';
import { REGISTRY_TYPES } from './registry-problem.js';
import { addRequestHooks, requestIdOf, type RequestWatch } from './request-hooks.js';
import { addStreamedBodies } from './streamed-body.js';
import { translateError } from './translate-error.js';

export interface PlatformOptions {
  readonly maxBodyBytes: number;
  readonly trustProxy: boolean;
  /** Origins whose pages may call; none by default. */
  readonly corsOrigins: readonly string[];
}

/** Fastify, as every process of the service runs it. */
export function fastifyAdapter({ maxBodyBytes, trustProxy }: PlatformOptions): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: maxBodyBytes,
    trustProxy,
    genReqId: requestIdOf,
    // Answered by request-hooks.ts instead, as a problem and with the probes left out.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      answerUnroutable(error, request, reply),
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket),
  });
}

/** Headers, cookies and hooks of every route, those outside of Nest included. Once, before the application is initialised. */
export async function preparePlatform(
  app: NestFastifyApplication,
  options: PlatformOptions,
  watch: RequestWatch,
): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  // JSON in: a form or a plain text is what pages of other sites can send without being asked.
  fastify.removeContentTypeParser('text/plain');
  addRegistryTypes(fastify);
  addRequestHooks(fastify, watch);
  addStreamedBodies(fastify);
  await registerMultipart(app);
  await app.register(helmet, {
    // Inline styles are Swagger UI's and ReDoc's; scripts are files of ours; ReDoc searches in a worker made of a blob.
    contentSecurityPolicy: {
      directives: {
        'script-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'worker-src': ["'self'", 'blob:'],
        // The docs are served over plain http as well.
        'upgrade-insecure-requests': null,
      },
    },
  });
  await app.register(cookie);
  if (options.corsOrigins.length > 0) {
    app.enableCors({
      origin: [...options.corsOrigins],
      exposedHeaders: ['x-request-id', 'retry-after', 'link', 'location'],
    });
  }
}

/** JSON under the names of schema registries. Their clients name the type also where they send no body. */
function addRegistryTypes(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser<string>([...REGISTRY_TYPES], { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body, done);
  });
}

/** The router gives up before hooks, guards and filters: a URL that cannot be decoded, or with too long a part. */
function answerUnroutable(failure: Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(translateError(failure), { path: pathOf(request.url), id: request.id });
  void reply
    .status(problem.status)
    .headers({ 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store', 'x-request-id': request.id })
    .send(JSON.stringify(problem));
}

/** What is not HTTP never becomes a request, so no filter sees it. */
function answerUnreadable(failure: { readonly code?: string }, socket: Socket): void {
  if (failure.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isTooLarge = failure.code === 'HPE_HEADER_OVERFLOW';
  const error = new PenstockError(
    isTooLarge ? 'request.too-large' : 'request.malformed',
    isTooLarge ? 'The headers are larger than the service accepts.' : 'This is not a request of HTTP/1.1.',
  );
  const body = JSON.stringify(problemOf(error, { path: '', id: requestIdOf({ headers: {} }) }));
  const head = [
    isTooLarge ? 'HTTP/1.1 413 Payload Too Large' : 'HTTP/1.1 400 Bad Request',
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
