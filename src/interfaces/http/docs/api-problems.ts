import { ApiExtension } from '@nestjs/swagger';
import type { ErrorCode } from '../../../domain/errors.js';

export const PROBLEMS_EXTENSION = 'x-penstock-problems';

/**
 * Errors of the catalogue a route answers with besides those every route has (a wrong key, scope or body, too many
 * requests, a stopping service, a defect): the API's description shows each with an example.
 */
export const ApiProblems = (...codes: readonly [ErrorCode, ...ErrorCode[]]): MethodDecorator & ClassDecorator =>
  ApiExtension(PROBLEMS_EXTENSION, { codes });
