import type { FastifyRequest } from 'fastify';
import { PenstockError } from '../../domain/errors.js';

const KEY = /^[\u0021-\u007e]{1,255}$/u;

/** What the client calls this request, so that it is carried out once however often it is sent. @throws `request.invalid` */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const given = headers['idempotency-key'];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && KEY.test(given)) return given;
  throw new PenstockError('request.invalid', 'Idempotency-Key is a text of 1 to 255 printable characters.');
}
