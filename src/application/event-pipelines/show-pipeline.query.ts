import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { AggregateWindows } from '../../domain/ports/aggregate-windows.port.js';
import { Deployments } from '../../domain/ports/deployments.port.js';
import { EventConnectors } from '../../domain/ports/event-connectors.port.js';
import { WindowCounts } from '../../domain/ports/window-counts.port.js';
import { type PipelineView, pipelineView } from './pipeline-view.js';

/** A domain as it was deployed, how its events come in, and how far its aggregates are. */
export class ShowPipelineQuery extends Query<PipelineView> {
  constructor(readonly domain: string) {
    super();
  }
}

@QueryHandler(ShowPipelineQuery)
export class ShowPipelineHandler implements IQueryHandler<ShowPipelineQuery> {
  constructor(
    private readonly deployments: Deployments,
    private readonly connectors: EventConnectors,
    private readonly windows: AggregateWindows,
    private readonly counts: WindowCounts,
  ) {}

  async execute({ domain: name }: ShowPipelineQuery): Promise<PipelineView> {
    const deployment = await this.deployments.find(name);
    if (deployment === undefined) {
      throw new PenstockError('pipeline.unknown', `The domain "${name}" is not deployed.`);
    }
    const { domain } = deployment;
    const events = await this.connectors.states(domain);
    const steps = await this.windows.plan(domain);
    const counts = await this.counts.read(domain);
    return pipelineView(deployment, { events, steps, counts });
  }
}
