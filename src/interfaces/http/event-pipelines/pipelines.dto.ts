import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { DEFAULT_LATE_LIMIT, MAX_LATE_LIMIT } from '../../../application/event-pipelines/list-late-events.query.js';
import { DEFAULT_WINDOWS_LIMIT, MAX_WINDOWS_LIMIT } from '../../../application/event-pipelines/list-windows.query.js';
import { EnvironmentQuery } from './domains.dto.js';
import { QueryNumber } from '../query-number.js';

const MAX_GROUPS = 20;

export class DeployQuery extends EnvironmentQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], default: 'false', description: 'Answer the plan, and do nothing' })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly dry_run?: 'true' | 'false';
}

export class RemovePipelineQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], default: 'false', description: 'Drop the tables of events too' })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly events?: 'true' | 'false';
}

export class WindowsQuery {
  @ApiPropertyOptional({ example: '2026-01-13T12:00:00Z', description: 'Windows that start then or later' })
  @IsOptional()
  @IsISO8601({ strict: true })
  @MaxLength(40)
  readonly from?: string;

  @ApiPropertyOptional({ example: '2026-01-13T13:00:00Z', description: 'Windows that start before' })
  @IsOptional()
  @IsISO8601({ strict: true })
  @MaxLength(40)
  readonly to?: string;

  @ApiPropertyOptional({
    type: [String],
    example: ['country:FR'],
    description: 'Only this group: field and value; once for each field',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? (value as unknown[]) : [value]))
  @IsArray()
  @ArrayMaxSize(MAX_GROUPS)
  @IsString({ each: true })
  @MaxLength(1000, { each: true })
  @Matches(/^[^:]+:/u, { each: true, message: 'each group must be a field and its value, as country:FR' })
  readonly group?: string[];

  @ApiPropertyOptional({
    maximum: MAX_WINDOWS_LIMIT,
    description: `Windows of a page. Left out: ${DEFAULT_WINDOWS_LIMIT} as JSON; all of them as NDJSON and CSV`,
  })
  @IsOptional()
  @QueryNumber()
  @IsInt()
  @Min(1)
  @Max(MAX_WINDOWS_LIMIT)
  readonly limit?: number;

  @ApiPropertyOptional({ description: 'As the header `Link` of the page before has it' })
  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  readonly cursor?: string;
}

export class LateQuery {
  @ApiPropertyOptional({ default: DEFAULT_LATE_LIMIT, maximum: MAX_LATE_LIMIT })
  @IsOptional()
  @QueryNumber()
  @IsInt()
  @Min(1)
  @Max(MAX_LATE_LIMIT)
  readonly limit?: number;
}
