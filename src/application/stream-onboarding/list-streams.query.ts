import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { StreamSource } from '../../domain/ports/stream-source.port.js';
import { CallerSessions } from './caller-sessions.js';

/** Names of the streams that the session, or else the service, may list. */
export class ListStreamsQuery extends Query<{ streamNames: string[] }> {
  constructor(readonly session?: string) {
    super();
  }
}

@QueryHandler(ListStreamsQuery)
export class ListStreamsHandler implements IQueryHandler<ListStreamsQuery> {
  constructor(
    private readonly streams: StreamSource,
    private readonly sessions: CallerSessions,
  ) {}

  async execute({ session }: ListStreamsQuery): Promise<{ streamNames: string[] }> {
    return { streamNames: await this.sessions.act(session, (identity) => this.streams.list(identity)) };
  }
}
