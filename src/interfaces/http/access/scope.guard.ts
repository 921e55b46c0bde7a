import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { PenstockError } from '../../../domain/errors.js';
import { mayUse, type Scope as ScopeName } from '../../../domain/shared/scope.js';
import { ACCESS, type Access, OTHER_SCOPE } from './scope.js';

/** Lets a caller through who has the scope of the route. */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const places = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, places);
    const other = this.reflector.getAllAndOverride<ScopeName | undefined>(OTHER_SCOPE, places);
    if (access === 'public') return true;
    const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
    if (access === undefined || caller === undefined) {
      throw new PenstockError('internal.defect', `${context.getClass().name} has a route without a scope.`);
    }
    if (caller instanceof PenstockError) throw caller;
    if (!mayUse(caller, access) && (other === undefined || !mayUse(caller, other))) {
      throw new PenstockError('scope.missing', `The key "${caller.name}" does not have the scope "${access}".`);
    }
    return true;
  }
}
