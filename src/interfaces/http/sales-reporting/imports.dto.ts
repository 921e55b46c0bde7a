import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import { PageCursor, PageLimit } from '../paging.js';

export class ImportsQuery {
  @ApiPropertyOptional({ description: 'Only imports into this table', example: 'sales_report' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly table?: string;

  @PageLimit({ default: 50, maximum: 1000 })
  readonly limit?: number;

  @PageCursor()
  readonly cursor?: string;
}

export class ImportErrorsQuery {
  @PageLimit({ default: 100, maximum: 10_000 })
  readonly limit?: number;

  @PageCursor()
  readonly cursor?: string;
}

/** A form and a query have words for it. */
const Flag = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));

/** What to import, and how: fields of the form in front of the file, parameters of the query, or a body of JSON. */
export class ImportBody {
  @ApiProperty({ description: 'The table it goes to', example: 'sales_report' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  readonly table!: string;

  @ApiPropertyOptional({
    description: 'An object of the bucket, instead of a file in the request',
    example: 'sales/2025.csv',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(1024)
  readonly key?: string;

  @ApiPropertyOptional({ description: 'Text of a YAML schema: bad rows are kept aside, good ones land' })
  @IsOptional()
  @IsString()
  @MaxLength(64 * 1024)
  readonly schema?: string;

  @ApiPropertyOptional({ description: 'Where bad rows go', default: 'validation_logs' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  readonly error_table?: string;

  @ApiPropertyOptional({ description: 'Bad rows it bears, as 100 or 2.5%; with more, no row lands', example: '1%' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'number' ? String(value) : value))
  @IsString()
  @MaxLength(20)
  readonly reject_limit?: string;

  @ApiPropertyOptional({ description: 'Import a content that was imported before', default: false })
  @IsOptional()
  @Flag()
  @IsBoolean()
  readonly force?: boolean;

  @ApiPropertyOptional({ description: 'Do it all, tell what happened, and keep nothing', default: false })
  @IsOptional()
  @Flag()
  @IsBoolean()
  readonly dry_run?: boolean;

  @ApiPropertyOptional({ description: 'Make monthly partitions for rows that have none', default: false })
  @IsOptional()
  @Flag()
  @IsBoolean()
  readonly create_partitions?: boolean;

  @ApiPropertyOptional({ description: 'Between fields; left out, it is found by the header' })
  @IsOptional()
  @IsString()
  @MaxLength(1)
  readonly delimiter?: string;
}
