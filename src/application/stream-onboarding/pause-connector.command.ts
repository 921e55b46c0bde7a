import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Connectors } from '../../domain/ports/connectors.port.js';
import { ShardLeases } from '../../domain/ports/shard-leases.port.js';
import { type ConnectorView, connectorView } from '../../domain/stream-onboarding/connector-view.js';
import { switchConnector } from './switch-connector.js';

/** Stop copying for the time being; what is in flight is finished. Pausing twice is pausing once. */
export class PauseConnectorCommand extends Command<ConnectorView> {
  constructor(readonly id: string) {
    super();
  }
}

@CommandHandler(PauseConnectorCommand)
export class PauseConnectorHandler implements ICommandHandler<PauseConnectorCommand> {
  constructor(
    private readonly connectors: Connectors,
    private readonly leases: ShardLeases,
  ) {}

  async execute({ id }: PauseConnectorCommand): Promise<ConnectorView> {
    const connector = await switchConnector(this.connectors, id, 'paused');
    return connectorView(connector, await this.leases.list(id));
  }
}
