import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { MAX_NEW_ENTRIES } from '../../../domain/workflow-gateway/new-log-entries.js';
import { LOG_ENTRY_TYPES } from '../../../domain/workflow-gateway/run-log-entry.js';
import { PageCursor, PageLimit } from '../paging.js';

export class RunLogFilter {
  @ApiPropertyOptional({ enum: LOG_ENTRY_TYPES, description: 'Left out: all' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly type?: string;

  @PageLimit({ default: 1000, maximum: 1000 })
  readonly limit?: number;

  @PageCursor()
  readonly cursor?: string;

  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'Server-sent events until the run is over' })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly follow?: 'true' | 'false';
}

export class LogEntryBody {
  @ApiProperty({ enum: LOG_ENTRY_TYPES })
  @IsString()
  @MaxLength(100)
  readonly type!: string;

  @ApiProperty({ example: 'Sources read' })
  @IsString()
  @MaxLength(1000)
  readonly title!: string;

  @ApiPropertyOptional({ example: '2 tables share 5 columns.' })
  @IsOptional()
  @IsString()
  readonly description?: string;

  @ApiPropertyOptional({ example: '2026-01-13T12:34:56.000Z', description: 'Left out: now' })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  readonly timestamp?: string;

  @ApiPropertyOptional({ type: Object, additionalProperties: true })
  @IsOptional()
  @IsObject()
  readonly metadata?: Record<string, unknown>;
}

export class AppendLogBody {
  @ApiProperty({ type: [LogEntryBody], maxItems: MAX_NEW_ENTRIES })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_NEW_ENTRIES)
  @ValidateNested({ each: true })
  @Type(() => LogEntryBody)
  readonly entries!: LogEntryBody[];
}
