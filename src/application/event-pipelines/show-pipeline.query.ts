import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { AlertRecords } from '../../domain/ports/alert-records.port.js';
import { WindowCounts } from '../../domain/ports/window-counts.port.js';
import { PipelinePorts } from './pipeline-ports.js';
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
    private readonly ports: PipelinePorts,
    private readonly counts: WindowCounts,
    private readonly alerts: AlertRecords,
  ) {}

  async execute({ domain: name }: ShowPipelineQuery): Promise<PipelineView> {
    const deployment = await this.ports.deployments.find(name);
    if (deployment === undefined) {
      throw new PenstockError('pipeline.unknown', `The domain "${name}" is not deployed.`);
    }
    const { domain } = deployment;
    const events = await this.ports.connectors.states(domain);
    const steps = await this.ports.windows.plan(domain);
    const counts = await this.counts.read(domain);
    const firing = await this.alerts.firing(domain.name);
    return pipelineView(deployment, { events, steps, counts, firing });
  }
}
