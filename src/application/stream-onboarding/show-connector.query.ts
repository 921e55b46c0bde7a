import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Connectors } from '../../domain/ports/connectors.port.js';
import { ShardLeases } from '../../domain/ports/shard-leases.port.js';
import { type ConnectorView, connectorView } from '../../domain/stream-onboarding/connector-view.js';

/** One connector and how it is doing. */
export class ShowConnectorQuery extends Query<ConnectorView> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(ShowConnectorQuery)
export class ShowConnectorHandler implements IQueryHandler<ShowConnectorQuery> {
  constructor(
    private readonly connectors: Connectors,
    private readonly leases: ShardLeases,
  ) {}

  async execute({ id }: ShowConnectorQuery): Promise<ConnectorView> {
    const connector = await this.connectors.get(id);
    return connectorView(connector, await this.leases.list(id));
  }
}
