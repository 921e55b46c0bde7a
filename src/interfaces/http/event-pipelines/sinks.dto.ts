import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import {
  SINK_COLUMN_TYPES,
  SINK_ENGINES,
  type SinkColumnType,
  type SinkEngine,
} from '../../../domain/event-pipelines/sink-schema.js';

const MOST_COLUMNS = 1000;
const LONGEST_NAME = 300;

export class SinkPath {
  @ApiProperty({ enum: SINK_ENGINES })
  @IsIn(SINK_ENGINES)
  readonly engine!: SinkEngine;
}

export class SinkTablePath extends SinkPath {
  @ApiProperty({
    example: 'events_per_minute',
    description: '`table`, `database.table` or, in PostgreSQL, `schema.table`',
  })
  @IsString()
  @MaxLength(LONGEST_NAME)
  readonly table!: string;
}

export class SinkColumnBody {
  @ApiProperty({ example: 'window_start' })
  @IsString()
  @MaxLength(LONGEST_NAME)
  readonly name!: string;

  @ApiProperty({ enum: SINK_COLUMN_TYPES, example: 'datetime' })
  @IsIn(SINK_COLUMN_TYPES)
  readonly type!: SinkColumnType;

  @ApiPropertyOptional({ description: 'Left out: in PostgreSQL besides the primary key, in ClickHouse not' })
  @IsOptional()
  @IsBoolean()
  readonly nullable?: boolean;
}

export class SinkTableBody {
  @ApiProperty({ type: [SinkColumnBody] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_COLUMNS)
  @ValidateNested({ each: true })
  @Type(() => SinkColumnBody)
  readonly columns!: SinkColumnBody[];

  @ApiPropertyOptional({ type: [String], example: ['window_start', 'device_type'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_COLUMNS)
  @IsString({ each: true })
  readonly order_by?: string[];

  @ApiPropertyOptional({
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    description: 'In PostgreSQL rows of the same key are one row, the latest',
  })
  @IsOptional()
  readonly primary_key?: unknown;
}

export class SinkBatchBody {
  @ApiProperty({ example: '42', description: 'The same id and table is written once' })
  @IsString()
  @MaxLength(LONGEST_NAME)
  readonly batch_id!: string;

  @ApiProperty({
    type: 'array',
    items: { type: 'object' },
    example: [{ window: { start: '2025-12-14T13:45:00Z' }, device_type: 'mobile', count: 3 }],
  })
  @IsArray()
  @IsObject({ each: true })
  readonly rows!: Record<string, unknown>[];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { 'window.start': 'window_start', device_type: 'device_type', count: 'event_count' },
    description: 'Fields by their columns, a dot leads into an object; what is not named is left out',
  })
  @IsOptional()
  @IsObject()
  readonly column_mapping?: Record<string, unknown>;
}

export class SinkHealthQuery {
  @ApiPropertyOptional({ example: 'analytics', description: 'Database or schema; left out: the default one' })
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_NAME)
  readonly namespace?: string;
}
