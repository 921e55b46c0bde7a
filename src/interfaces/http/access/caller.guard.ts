import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { IdentifyCallerQuery } from '../../../application/operation/identify-caller.query.js';
import { PenstockError } from '../../../domain/errors.js';
import type { Caller } from '../../../domain/shared/scope.js';
import { isRegistryUrl } from '../registry-problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, or why nobody is known to ask; set on every request that reaches a route. */
    caller?: Caller | PenstockError;
  }
}

/** Finds out who asks. Lets everybody pass: a wrong key is refused only after it was counted by the rate limit. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(private readonly queries: QueryBus) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    try {
      request.caller = await this.queries.execute(new IdentifyCallerQuery(presentedKey(request)));
    } catch (error) {
      if (!(error instanceof PenstockError)) throw error;
      request.caller = error;
    }
    return true;
  }
}

function presentedKey({ headers, url }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const plain = headers['x-api-key'];
  const password = isRegistryUrl(url) ? basicPassword(headers.authorization ?? '') : undefined;
  return bearer ?? password ?? (typeof plain === 'string' && plain !== '' ? plain : undefined);
}

/** Clients of schema registries know no other way: the key is the password, of any user. */
function basicPassword(authorization: string): string | undefined {
  const encoded = /^Basic +(\S+) *$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1) || undefined;
}
