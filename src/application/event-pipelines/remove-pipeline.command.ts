import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import type { DomainConfig } from '../../domain/event-pipelines/domain-config.js';
import { PipelinePorts } from './pipeline-ports.js';

export interface RemoveReceipt {
  readonly domain: string;
  /** Ids. */
  readonly connectors: readonly string[];
  /** Tables of events that were dropped. */
  readonly tables: readonly string[];
}

/**
 * Remove the connectors and the aggregates of a domain, and what is known of its deployment; its tables of events stay
 * unless `events` is set, its schemas stay in the registry. Safe to repeat.
 */
export class RemovePipelineCommand extends Command<RemoveReceipt> {
  constructor(
    readonly domain: string,
    readonly options: { readonly events?: boolean | undefined } = {},
  ) {
    super();
  }
}

@CommandHandler(RemovePipelineCommand)
export class RemovePipelineHandler implements ICommandHandler<RemovePipelineCommand> {
  constructor(private readonly ports: PipelinePorts) {}

  execute({ domain, options }: RemovePipelineCommand): Promise<RemoveReceipt> {
    return this.ports.deployments.inTurn(domain, async () => this.remove(await this.known(domain), options));
  }

  /** As it was deployed; a deploy that was cut off may have left things too, by what the files say. */
  private async known(name: string): Promise<DomainConfig> {
    const deployment = await this.ports.deployments.find(name);
    if (deployment !== undefined) return deployment.domain;
    return this.ports.configs.load(name).catch((cause: unknown) => {
      throw new PenstockError('pipeline.unknown', `The domain "${name}" is not deployed.`, { cause });
    });
  }

  private async remove(
    domain: DomainConfig,
    { events }: { readonly events?: boolean | undefined },
  ): Promise<RemoveReceipt> {
    const { connectors, windows, tables, deployments } = this.ports;
    const places = (await connectors.states(domain)).map(({ table }) => table);
    const removed = await connectors.remove(domain);
    await windows.remove(domain.name);
    const dropped: string[] = [];
    for (const name of events === true ? places : []) {
      const table = await tables.find(name);
      if (table === undefined) continue;
      await tables.drop(name, table.uuid);
      dropped.push(`${name.database}.${name.table}`);
    }
    // Last: until then the domain can be asked to be removed again.
    await deployments.remove(domain.name);
    return { domain: domain.name, connectors: removed, tables: dropped };
  }
}
