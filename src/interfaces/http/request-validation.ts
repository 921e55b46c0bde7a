import { type ValidationError, ValidationPipe } from '@nestjs/common';
import { type Fault, PenstockError } from '../../domain/errors.js';

/** Checks the shape of bodies and queries against their DTO, and says everything that is wrong with them at once. */
export function requestValidation(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    // Values stay out of the words: a body may hold credentials.
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new PenstockError('request.invalid', 'The request does not have the right shape.', {
        faults: errors.flatMap((error) => faultsOf(error, '')),
      }),
  });
}

function faultsOf({ property, constraints, children }: ValidationError, parent: string): Fault[] {
  const path = parent ? `${parent}.${property}` : property;
  // The type is checked last, and what is wrong with the type is wrong with the rest as well.
  const own = Object.values(constraints ?? {}).at(-1);
  return [
    ...(own === undefined ? [] : [{ path, message: own }]),
    ...(children ?? []).flatMap((child) => faultsOf(child, path)),
  ];
}
