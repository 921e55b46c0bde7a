import { Global, Module } from '@nestjs/common';
import { JobLimits } from '../domain/shared/job-limits.js';
import { bind } from './bind.js';
import { JobSettings } from './config/job.settings.js';

/** The settings of jobs, as the limits their worker holds. */
@Global()
@Module({
  providers: [bind(JobLimits, [JobSettings], (settings) => settings)],
  exports: [JobLimits],
})
export class JobLimitsModule {}
