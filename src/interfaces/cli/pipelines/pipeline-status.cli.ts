import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, SubCommand } from 'nest-commander';
import { ListPipelinesQuery } from '../../../application/event-pipelines/list-pipelines.query.js';
import { ShowPipelineQuery } from '../../../application/event-pipelines/show-pipeline.query.js';
import { answer } from '../answer.js';
import { Progress } from '../progress.js';
import { pipelinesText, pipelineText } from './pipeline-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

@SubCommand({
  name: 'status',
  arguments: '[domain]',
  description: 'See which domains are deployed, or how one of them is doing',
})
@SharedOptions(JSON_OPTION)
export class PipelineStatusCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([domain]: string[], { json }: { readonly json?: boolean }): Promise<void> {
    if (domain === undefined) {
      const list = await this.progress.during('Looking', () => this.queries.execute(new ListPipelinesQuery()));
      answer(list, pipelinesText(list.pipelines), json);
      return;
    }
    const view = await this.progress.during('Looking', () => this.queries.execute(new ShowPipelineQuery(domain)));
    answer(view, pipelineText(view), json);
  }
}
