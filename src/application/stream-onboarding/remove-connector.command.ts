import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { changeConnector, ConnectorPorts, finishRemoval } from './connector-life.js';
import { requireReady, switchConnector } from './switch-connector.js';

/**
 * End copying for good: leases and the mapping go, the table stays unless `dropTable` is set. Dead letters are kept, since
 * they may be all that is left of their records.
 */
export class RemoveConnectorCommand extends Command<void> {
  constructor(
    readonly id: string,
    readonly options: { readonly dropTable?: boolean } = {},
  ) {
    super();
  }
}

@CommandHandler(RemoveConnectorCommand)
export class RemoveConnectorHandler implements ICommandHandler<RemoveConnectorCommand> {
  constructor(private readonly ports: ConnectorPorts) {}

  async execute({ id, options }: RemoveConnectorCommand): Promise<void> {
    if (options.dropTable) await this.dropTable(id);
    const connector = await changeConnector(this.ports.connectors, id, (now) => {
      if (now.state === 'removing') return undefined;
      requireReady(now);
      return { state: 'removing' };
    });
    await finishRemoval(this.ports, connector ?? (await this.ports.connectors.get(id)));
  }

  /**
   * While the connector is only paused: whoever dies here leaves a connector that can be asked to go again, and does not
   * leave it to a worker that knows nothing about the table.
   */
  private async dropTable(id: string): Promise<void> {
    const { connectors, tables } = this.ports;
    const { state } = await connectors.get(id);
    if (state === 'removing') return;
    const { target, tableUuid } = await switchConnector(connectors, id, 'paused');
    if (tableUuid !== undefined) await tables.drop(target, tableUuid);
  }
}
