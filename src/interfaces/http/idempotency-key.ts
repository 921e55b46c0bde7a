import type { FastifyRequest } from 'fastify';
import { PenstockError } from '../../domain/errors.js';
import { IDEMPOTENCY_KEY_RULE, isIdempotencyKey } from '../../domain/shared/idempotency-key.js';

/** What the client calls this request, so that it is carried out once however often it is sent. @throws `request.invalid` */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const given = headers['idempotency-key'];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && isIdempotencyKey(given)) return given;
  throw new PenstockError('request.invalid', 'The request does not have the right shape.', {
    faults: [{ path: 'Idempotency-Key', message: IDEMPOTENCY_KEY_RULE }],
  });
}
