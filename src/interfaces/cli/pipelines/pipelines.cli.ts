import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { DeployPipelineCli } from './deploy-pipeline.cli.js';
import { ListAlertsCli } from './list-alerts.cli.js';
import { PipelineStatusCli } from './pipeline-status.cli.js';
import { RemovePipelineCli } from './remove-pipeline.cli.js';
import { TailWindowsCli } from './tail-windows.cli.js';

@Command({
  name: 'pipelines',
  description: 'Deploy domains of events, and see their windows',
  subCommands: [DeployPipelineCli, PipelineStatusCli, TailWindowsCli, ListAlertsCli, RemovePipelineCli],
})
export class PipelinesCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
