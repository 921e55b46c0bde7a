import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Scope as ScopeName } from '../../../domain/shared/scope.js';

/** Metadata of a route: the scope it needs, or `public`. A route without it is answered to nobody. */
export const ACCESS = 'penstock:access';
/** Metadata of a route: a scope that opens it as well; what may be done then, the handler decides. */
export const OTHER_SCOPE = 'penstock:other-scope';
export const ACCESS_EXTENSION = 'x-penstock-scope';
export type Access = ScopeName | 'public';

/** The route, or every route of the controller, is for callers with this scope, or with the other one. */
export const Scope = (scope: ScopeName, options: { or?: ScopeName } = {}): MethodDecorator & ClassDecorator =>
  applyDecorators(access(scope), SetMetadata(OTHER_SCOPE, options.or));

/** The route, or every route of the controller, is for everybody. */
export const Public = (): MethodDecorator & ClassDecorator => access('public');

function access(value: Access): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(ACCESS, value), ApiExtension(ACCESS_EXTENSION, { access: value }));
}
