import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { PenstockError } from '../../../domain/errors.js';

/** One allowance for each key, over all routes; callers without a good key share that of their address. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  protected override async getTracker(request: FastifyRequest): Promise<string> {
    const { caller } = request;
    if (caller === undefined || caller instanceof PenstockError) return `address ${await super.getTracker(request)}`;
    return `key ${caller.name}`;
  }

  /** Nest's own key names the route as well, which would be an allowance for each route. */
  protected override generateKey(_context: ExecutionContext, tracker: string): string {
    return tracker;
  }

  protected override async throwThrottlingException(
    _context: ExecutionContext,
    detail: ThrottlerLimitDetail,
  ): Promise<void> {
    throw new PenstockError('request.rate-limited', `More than ${detail.limit} requests in a minute.`, {
      retryAfterMs: detail.timeToBlockExpire * 1000,
    });
  }
}
