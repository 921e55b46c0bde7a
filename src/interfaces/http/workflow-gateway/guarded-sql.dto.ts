import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
} from 'class-validator';
import { AUDIT_OUTCOMES, type AuditOutcome } from '../../../domain/workflow-gateway/audit-entry.js';
import {
  GUARDED_ENGINES,
  type GuardedEngine,
  STATEMENT_MODES,
  type StatementMode,
  type StatementParameters,
} from '../../../domain/workflow-gateway/guarded-statement.js';
import { PageCursor, PageLimit } from '../paging.js';

const MAX_TABLES = 100;
const MAX_NAME = 300;

export class TablesBody {
  @ApiProperty({
    type: [String],
    example: ['table1', 'sales.table2'],
    description: 'With a schema, or of the search path',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_TABLES)
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  @MaxLength(MAX_NAME, { each: true })
  readonly table_names!: string[];
}

export class SampleBody extends TablesBody {
  @ApiPropertyOptional({ default: 10, maximum: 1000, description: 'Rows of each table' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly limit?: number;

  @ApiPropertyOptional({ example: 42, description: 'The same seed on unchanged tables answers the same rows' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  readonly seed?: number;
}

export class StatementBody {
  @ApiProperty({ example: 'SELECT * FROM table1 WHERE id = $1' })
  @IsString()
  @IsNotEmpty()
  readonly query!: string;

  @ApiPropertyOptional({
    example: [7],
    description: 'Values of $1, $2, …; on ClickHouse an object with those of {name:Type}',
  })
  @IsOptional()
  @ValidateBy({
    name: 'isParameters',
    validator: {
      validate: (value) => typeof value === 'object',
      defaultMessage: () => 'params must be a list or an object',
    },
  })
  readonly params?: StatementParameters;

  @ApiPropertyOptional({ enum: GUARDED_ENGINES, default: 'postgres' })
  @IsOptional()
  @IsIn(GUARDED_ENGINES)
  readonly engine?: GuardedEngine;

  @ApiPropertyOptional({ enum: STATEMENT_MODES, default: 'read', description: 'write needs the scope of that name' })
  @IsOptional()
  @IsIn(STATEMENT_MODES)
  readonly mode?: StatementMode;

  @ApiPropertyOptional({ default: false, description: 'With mode write: do it all, tell what it did, and undo it' })
  @IsOptional()
  @IsBoolean()
  readonly dryRun?: boolean;

  @ApiPropertyOptional({ example: 5000, description: 'At most GUARDED_SQL_TIMEOUT_MS' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(3_600_000)
  readonly timeoutMs?: number;

  @ApiPropertyOptional({ default: 1000, description: 'At most GUARDED_SQL_MAX_ROWS' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  readonly maxRows?: number;

  @ApiPropertyOptional({ description: 'next of the page before, with the same query and params' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly cursor?: string;
}

export class EngineQuery {
  @ApiPropertyOptional({ enum: GUARDED_ENGINES, description: 'The same as in the body, which wins' })
  @IsOptional()
  @IsIn(GUARDED_ENGINES)
  readonly engine?: GuardedEngine;
}

export class AuditQuery {
  @ApiPropertyOptional({ description: 'Name of the key' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly caller?: string;

  @ApiPropertyOptional({ enum: GUARDED_ENGINES })
  @IsOptional()
  @IsIn(GUARDED_ENGINES)
  readonly engine?: GuardedEngine;

  @ApiPropertyOptional({ enum: STATEMENT_MODES })
  @IsOptional()
  @IsIn(STATEMENT_MODES)
  readonly mode?: StatementMode;

  @ApiPropertyOptional({ enum: AUDIT_OUTCOMES })
  @IsOptional()
  @IsIn(AUDIT_OUTCOMES)
  readonly outcome?: AuditOutcome;

  @ApiPropertyOptional({ description: 'SHA-256 of the text of the statement, in hexadecimal' })
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/)
  readonly sha256?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly requestId?: string;

  @ApiPropertyOptional({ example: '2025-06-01T00:00:00Z', description: 'Recorded then or later' })
  @IsOptional()
  @IsISO8601({ strict: true })
  readonly from?: string;

  @ApiPropertyOptional({ example: '2025-07-01T00:00:00Z', description: 'Recorded before' })
  @IsOptional()
  @IsISO8601({ strict: true })
  readonly to?: string;

  @PageLimit({ default: 100, maximum: 1000 })
  readonly limit?: number;

  @PageCursor()
  readonly cursor?: string;
}
