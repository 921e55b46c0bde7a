import type { FastifyRequest } from 'fastify';
import { PenstockError } from '../../../domain/errors.js';
import type { Caller } from '../../../domain/shared/scope.js';

/** Who asks, on a route that is not public: the guards have let nobody else through. */
export function requestCaller({ caller }: Pick<FastifyRequest, 'caller'>): Caller {
  if (caller === undefined || caller instanceof PenstockError) {
    throw new PenstockError('internal.defect', 'A caller was asked for where none is known.');
  }
  return caller;
}
