import { Global, Module } from '@nestjs/common';
import { RunLogLimits } from '../domain/workflow-gateway/run-log-limits.js';
import { bind } from './bind.js';
import { RunLogSettings } from './config/run-log.settings.js';

/** The settings of run logs, as the limits their handlers hold. */
@Global()
@Module({
  providers: [bind(RunLogLimits, [RunLogSettings], (settings) => settings)],
  exports: [RunLogLimits],
})
export class RunLogLimitsModule {}
