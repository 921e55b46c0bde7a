import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiKeys } from '../../domain/ports/api-keys.port.js';
import type { Caller } from '../../domain/shared/scope.js';

/** Whose key is this? */
export class IdentifyCallerQuery extends Query<Caller> {
  constructor(readonly key: string | undefined) {
    super();
  }
}

@QueryHandler(IdentifyCallerQuery)
export class IdentifyCallerHandler implements IQueryHandler<IdentifyCallerQuery> {
  constructor(private readonly keys: ApiKeys) {}

  execute({ key }: IdentifyCallerQuery): Promise<Caller> {
    return this.keys.identify(key);
  }
}
