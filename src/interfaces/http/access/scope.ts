import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { Scope as ScopeName } from '../../../domain/shared/scope.js';

/** Metadata of a route: the scope it needs, or `public`. A route without it is answered to nobody. */
export const ACCESS = 'penstock:access';
export const ACCESS_EXTENSION = 'x-penstock-scope';
export type Access = ScopeName | 'public';

/** The route, or every route of the controller, is for callers with this scope. */
export const Scope = (scope: ScopeName): MethodDecorator & ClassDecorator => access(scope);

/** The route, or every route of the controller, is for everybody. */
export const Public = (): MethodDecorator & ClassDecorator => access('public');

function access(value: Access): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(ACCESS, value), ApiExtension(ACCESS_EXTENSION, { access: value }));
}
