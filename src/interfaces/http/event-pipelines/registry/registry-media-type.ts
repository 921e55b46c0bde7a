import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { REGISTRY_TYPE } from '../../registry-problem.js';

/** Answers in the media type of schema registries, but for those who ask for plain JSON alone. */
@Injectable()
export class RegistryMediaType implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const { accept = '*/*' } = headers;
    const isPlain = accept.includes('application/json') && !accept.includes('vnd.schemaregistry');
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    void reply.header('content-type', isPlain ? 'application/json' : REGISTRY_TYPE);
    return next.handle();
  }
}
