import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { JOB_STATES, type JobState } from '../../../domain/shared/job.js';

const MAX_TABLES = 100;
const MAX_PROMPT_LENGTH = 100_000;

export class StartBody {
  @ApiProperty({ example: 'Join the orders of both shops' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_PROMPT_LENGTH)
  readonly prompt!: string;

  @ApiPropertyOptional({ type: [String], example: ['table1', 'table2'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TABLES)
  @IsString({ each: true })
  @MaxLength(256, { each: true })
  readonly source_tables?: string[];

  @ApiPropertyOptional({ example: 'target_table_name' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  readonly target_table?: string;
}

export class RunsFilter {
  @ApiPropertyOptional({ enum: JOB_STATES, description: 'Left out: all' })
  @IsOptional()
  @IsIn(JOB_STATES)
  readonly state?: JobState;

  @ApiPropertyOptional({ default: 50, maximum: 100 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly limit?: number;

  @ApiPropertyOptional({ description: '`next` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  readonly cursor?: string;
}
