import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Deployments } from '../../domain/ports/deployments.port.js';
import { type PipelineSummary, pipelineSummary } from './pipeline-view.js';

/** The domains that are deployed, by name. */
export class ListPipelinesQuery extends Query<{ readonly pipelines: readonly PipelineSummary[] }> {}

@QueryHandler(ListPipelinesQuery)
export class ListPipelinesHandler implements IQueryHandler<ListPipelinesQuery> {
  constructor(private readonly deployments: Deployments) {}

  async execute(): Promise<{ readonly pipelines: readonly PipelineSummary[] }> {
    return { pipelines: (await this.deployments.list()).map(pipelineSummary) };
  }
}
