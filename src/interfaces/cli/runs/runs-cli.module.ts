import { Module } from '@nestjs/common';
import { CancelRunCli } from './cancel-run.cli.js';
import { ListRunsCli } from './list-runs.cli.js';
import { ReadRunLogCli } from './read-run-log.cli.js';
import { RunsCli } from './runs.cli.js';
import { ShowRunCli } from './show-run.cli.js';
import { StartRunCli } from './start-run.cli.js';

@Module({ providers: [CancelRunCli, ListRunsCli, ReadRunLogCli, RunsCli, ShowRunCli, StartRunCli] })
export class RunsCliModule {}
