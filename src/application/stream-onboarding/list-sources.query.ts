import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Connectors } from '../../domain/ports/connectors.port.js';

/** A stream that feeds a table, as the clients of the Kinesis Connector know it; the last two fields are ours. */
export interface Source {
  readonly streamName: string;
  readonly streamType: 'kinesis';
  readonly tableName: string;
  readonly createdOn: string;
  readonly databaseName: string;
  readonly connectorId: string;
}

/** Streams that feed tables, oldest first. */
export class ListSourcesQuery extends Query<Source[]> {}

@QueryHandler(ListSourcesQuery)
export class ListSourcesHandler implements IQueryHandler<ListSourcesQuery> {
  constructor(private readonly connectors: Connectors) {}

  async execute(): Promise<Source[]> {
    const connectors = await this.connectors.list();
    return connectors
      .filter(({ state }) => state === 'running' || state === 'paused')
      .map(({ id, streamName, target, createdAtMs }) => ({
        streamName,
        streamType: 'kinesis',
        tableName: target.table,
        createdOn: new Date(createdAtMs).toISOString(),
        databaseName: target.database,
        connectorId: id,
      }));
  }
}
