import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import {
  REPORT_ENGINES,
  type ReportEngine,
  SALES_TABLE,
  TIES,
  type Ties,
} from '../../../domain/sales-reporting/sales-report.js';
import { QueryNumber } from '../query-number.js';

export const MAX_BREAKDOWN_LIMIT = 10_000;
const SOURCES = ['auto', 'raw'] as const;

export class ReportQuery {
  @ApiPropertyOptional({ example: '2024-01-01', description: 'First day, YYYY-MM-DD. Left out: from the beginning' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly start_date?: string;

  @ApiPropertyOptional({ example: '2025-12-12', description: 'Last day, included. Left out: to the end' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly end_date?: string;

  @ApiPropertyOptional({ enum: REPORT_ENGINES, default: 'postgres', description: 'Where the report is computed' })
  @IsOptional()
  @IsIn(REPORT_ENGINES)
  readonly engine?: ReportEngine;

  @ApiPropertyOptional({
    enum: SOURCES,
    default: 'auto',
    description: '`raw`: from the rows themselves, whatever totals are kept; slow, and equal',
  })
  @IsOptional()
  @IsIn(SOURCES)
  readonly source?: (typeof SOURCES)[number];

  @ApiPropertyOptional({
    default: SALES_TABLE,
    description: 'Another table with the same columns, with or without schema',
  })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly table?: string;
}

export class BreakdownQuery extends ReportQuery {
  @ApiPropertyOptional({ example: 'Desk', description: 'Only this product name' })
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  readonly product?: string;

  @ApiPropertyOptional({ example: 'North', description: 'Only this region' })
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  readonly region?: string;

  @ApiPropertyOptional({ maximum: MAX_BREAKDOWN_LIMIT, description: 'Rows of a page. Left out: all rows' })
  @IsOptional()
  @QueryNumber()
  @IsInt()
  @Min(1)
  @Max(MAX_BREAKDOWN_LIMIT)
  readonly limit?: number;

  @ApiPropertyOptional({ description: 'From the `Link` header of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(4000)
  readonly cursor?: string;
}

export class TopProductsQuery extends ReportQuery {
  @ApiPropertyOptional({
    enum: TIES,
    default: 'cut',
    description: 'Whether others with the fifth highest revenue are kept',
  })
  @IsOptional()
  @IsIn(TIES)
  readonly ties?: Ties;
}
