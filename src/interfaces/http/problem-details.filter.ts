import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, PenstockError } from '../../domain/errors.js';
import { pathOf, PROBLEM_TYPE, problemOf } from './problem.js';
import { isRegistryUrl, REGISTRY_TYPE, registryProblemOf, registryStatusOf } from './registry-problem.js';
import { translateError } from './translate-error.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem the request was answered with; for the access line and the metrics. */
    problemCode?: ErrorCode;
  }
}

/** The one place where errors become answers. */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  private readonly logger = new Logger('HTTP');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (isGone(request, reply)) {
      this.logger.debug('The client left before it was answered.', { requestId: request.id });
      return;
    }
    const error = translateError(thrown);
    request.problemCode = error.code;
    if (error.kind === 'defect') this.report(thrown, request);
    if (reply.raw.headersSent) {
      // Half an answer must not look like a whole one.
      reply.raw.destroy();
      return;
    }
    answer(error, request, reply);
  }

  private report(thrown: unknown, request: FastifyRequest): void {
    const error = thrown instanceof Error ? thrown : new PenstockError('internal.defect', String(thrown));
    this.logger.error('A request failed.', error, { requestId: request.id });
  }
}

function isGone(request: FastifyRequest, reply: FastifyReply): boolean {
  return request.raw.errored !== null || reply.raw.destroyed || request.raw.socket.destroyed;
}

function answer(error: PenstockError, request: FastifyRequest, reply: FastifyReply): void {
  const { status, type, body } = formOf(error, request);
  if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
  if (error.kind === 'unauthenticated') reply.header('www-authenticate', 'Bearer realm="penstock"');
  // What the handler had in mind for its own answer does not describe this one.
  for (const name of ['content-length', 'content-encoding', 'content-disposition', 'etag']) reply.removeHeader(name);
  reply.status(status).header('content-type', type).header('cache-control', 'no-store').send(JSON.stringify(body));
}

/** Problem details, but for the clients of schema registries, who know another form. */
function formOf(
  error: PenstockError,
  request: FastifyRequest,
): { readonly status: number; readonly type: string; readonly body: object } {
  if (isRegistryUrl(request.url)) {
    return { status: registryStatusOf(error.code), type: REGISTRY_TYPE, body: registryProblemOf(error) };
  }
  const body = problemOf(error, { path: pathOf(request.url), id: request.id });
  return { status: body.status, type: PROBLEM_TYPE, body };
}
