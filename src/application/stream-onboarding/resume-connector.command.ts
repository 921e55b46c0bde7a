import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Connectors } from '../../domain/ports/connectors.port.js';
import { ShardLeases } from '../../domain/ports/shard-leases.port.js';
import { type ConnectorView, connectorView } from '../../domain/stream-onboarding/connector-view.js';
import { switchConnector } from './switch-connector.js';

/** Go on copying from where it was paused. Resuming twice is resuming once. */
export class ResumeConnectorCommand extends Command<ConnectorView> {
  constructor(readonly id: string) {
    super();
  }
}

@CommandHandler(ResumeConnectorCommand)
export class ResumeConnectorHandler implements ICommandHandler<ResumeConnectorCommand> {
  constructor(
    private readonly connectors: Connectors,
    private readonly leases: ShardLeases,
  ) {}

  async execute({ id }: ResumeConnectorCommand): Promise<ConnectorView> {
    const connector = await switchConnector(this.connectors, id, 'running');
    return connectorView(connector, await this.leases.list(id));
  }
}
