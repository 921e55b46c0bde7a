import { Global, Module } from '@nestjs/common';
import { WorkflowLimits } from '../domain/workflow-gateway/workflow-limits.js';
import { bind } from './bind.js';
import { WorkflowSettings } from './config/workflow.settings.js';

/** The settings of workflows, as the limits their handlers hold. */
@Global()
@Module({
  providers: [bind(WorkflowLimits, [WorkflowSettings], (settings) => settings)],
  exports: [WorkflowLimits],
})
export class WorkflowLimitsModule {}
