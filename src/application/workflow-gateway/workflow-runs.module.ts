import { Module } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.port.js';
import { Log } from '../../domain/ports/log.port.js';
import { RunLog } from '../../domain/ports/run-log.port.js';
import { WorkflowRunner } from '../../domain/ports/workflow-runner.port.js';
import { RunLogLimits } from '../../domain/workflow-gateway/run-log-limits.js';
import { WorkflowLimits } from '../../domain/workflow-gateway/workflow-limits.js';
import { JobRunners } from '../shared/job-runners.js';
import { CancelRunHandler } from './cancel-run.command.js';
import { ListRunsHandler } from './list-runs.query.js';
import { ShowRunHandler } from './show-run.query.js';
import { StartWorkflowHandler } from './start-workflow.command.js';
import { WorkflowRunRunner } from './workflow-run-runner.js';

type Ports = [JobRunners, WorkflowRunner, RunLog, Clock, Log, WorkflowLimits, RunLogLimits];

/** Workflow runs. Needs JobsModule beside it, which does them. */
@Module({
  providers: [
    CancelRunHandler,
    ListRunsHandler,
    ShowRunHandler,
    StartWorkflowHandler,
    {
      provide: WorkflowRunRunner,
      inject: [JobRunners, WorkflowRunner, RunLog, Clock, Log, WorkflowLimits, RunLogLimits],
      useFactory: registeredRunner,
    },
  ],
})
export class WorkflowRunsModule {}

function registeredRunner(...resolved: Ports): WorkflowRunRunner {
  const [runners, workflows, runLog, clock, log, limits, logLimits] = resolved;
  const runner = new WorkflowRunRunner({ workflows, runLog, clock, log, limits, logLimits });
  runners.register(runner);
  return runner;
}
