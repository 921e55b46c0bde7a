import { Module } from '@nestjs/common';
import { DeployPipelineCli } from './deploy-pipeline.cli.js';
import { ListAlertsCli } from './list-alerts.cli.js';
import { PipelineStatusCli } from './pipeline-status.cli.js';
import { PipelinesCli } from './pipelines.cli.js';
import { RemovePipelineCli } from './remove-pipeline.cli.js';
import { TailWindowsCli } from './tail-windows.cli.js';

@Module({
  providers: [PipelinesCli, DeployPipelineCli, PipelineStatusCli, TailWindowsCli, ListAlertsCli, RemovePipelineCli],
})
export class PipelinesCliModule {}
