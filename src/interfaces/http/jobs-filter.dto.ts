import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { JOB_STATES, type JobState } from '../../domain/shared/job.js';
import { PageCursor, PageLimit } from './paging.js';

/** Of a list of jobs of one kind. */
export class JobsFilter {
  @ApiPropertyOptional({ enum: JOB_STATES, description: 'Left out: all' })
  @IsOptional()
  @IsIn(JOB_STATES)
  readonly state?: JobState;

  @PageLimit({ default: 50, maximum: 100 })
  readonly limit?: number;

  @PageCursor()
  readonly cursor?: string;
}
