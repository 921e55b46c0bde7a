import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { EngineRoom, type RunningEngine } from '../../domain/ports/engine-room.port.js';

/** Embedded engines that run now, with what a client needs to be let in. */
export class ListEnginesQuery extends Query<RunningEngine[]> {}

@QueryHandler(ListEnginesQuery)
export class ListEnginesHandler implements IQueryHandler<ListEnginesQuery> {
  constructor(private readonly engines: EngineRoom) {}

  execute(): Promise<RunningEngine[]> {
    return this.engines.list();
  }
}
