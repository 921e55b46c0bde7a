import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import {
  DATE_DIMENSIONS,
  type DateDimension,
  EXPORT_DESTINATIONS,
  EXPORT_FORMATS,
  type ExportDestination,
  type ExportDraft,
  type ExportFormat,
} from '../../../domain/warehouse-loading/appmetrica/export-request.js';
import { QueryNumber } from '../query-number.js';

const MAX_FIELDS = 1000;
const MAX_WAIT_SECONDS = 86_400;

/** In the vendor's own words, where it has any. */
export class ExportBody {
  @ApiProperty({
    example: 'events',
    description: 'events, installations, clicks, profiles, …: as the Logs API names them',
  })
  @IsString()
  @MaxLength(64)
  readonly source!: string;

  @ApiProperty({
    type: [String],
    example: ['event_name', 'event_datetime', 'event_json'],
    description: 'Names, or one text by commas',
  })
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value,
  )
  @IsArray()
  @ArrayMaxSize(MAX_FIELDS)
  @IsString({ each: true })
  readonly fields!: string[];

  @ApiPropertyOptional({
    example: '2025-01-01',
    description:
      "A day or `yyyy-mm-dd hh:mm:ss`, in the application's time zone; not for sources without dates (profiles)",
  })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  readonly date_since?: string;

  @ApiPropertyOptional({ example: '2025-01-31', description: 'Inclusive: of a day its last second' })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  readonly date_until?: string;

  @ApiPropertyOptional({ enum: EXPORT_FORMATS, default: 'csv' })
  @IsOptional()
  @IsIn(EXPORT_FORMATS)
  readonly format?: ExportFormat;

  @ApiPropertyOptional({ example: 123456789, description: 'Left out: APPMETRICA_APPLICATION_ID' })
  @IsOptional()
  @IsInt()
  @Min(1)
  readonly application_id?: number;

  @ApiPropertyOptional({ enum: DATE_DIMENSIONS, description: 'By the time on the device, or of arrival' })
  @IsOptional()
  @IsIn(DATE_DIMENSIONS)
  readonly date_dimension?: DateDimension;

  @ApiPropertyOptional({ description: 'Whether up to 1 % of the rows may be missing instead of a failure' })
  @IsOptional()
  @IsBoolean()
  readonly skip_unavailable_shards?: boolean;

  @ApiPropertyOptional({ description: 'Whether a CSV begins with a byte order mark' })
  @IsOptional()
  @IsBoolean()
  readonly use_utf8_bom?: boolean;

  @ApiPropertyOptional({ type: Object, example: { os_name: 'android' }, description: "The vendor's filters, by field" })
  @IsOptional()
  @IsObject()
  readonly filters?: Record<string, string>;

  @ApiPropertyOptional({
    default: false,
    description: 'Have the vendor make the file anew instead of taking one of the last 24 hours',
  })
  @IsOptional()
  @IsBoolean()
  readonly fresh?: boolean;

  @ApiPropertyOptional({ default: 1, description: 'Parts to begin with; doubled when the vendor asks for more' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(65_536)
  readonly parts?: number;

  @ApiPropertyOptional({ enum: EXPORT_DESTINATIONS, default: 'service' })
  @IsOptional()
  @IsIn(EXPORT_DESTINATIONS)
  readonly destination?: ExportDestination;

  @ApiPropertyOptional({
    example: 'exports/events-2025-01.csv',
    description: 'Of the object, for the destination s3. Left out: one of its own',
  })
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  readonly key?: string;

  @ApiPropertyOptional({
    default: false,
    description: 'Whether there may be an object of that key already; needs the scope write',
  })
  @IsOptional()
  @IsBoolean()
  readonly overwrite?: boolean;
}

export class FetchQuery {
  @ApiProperty({ example: '7f6a3a0e-2f0c-4d0a-9d8e-5a4c1b2e3f40', description: '`id` of the export' })
  @IsString()
  @MaxLength(128)
  readonly export_id!: string;

  @ApiPropertyOptional({
    example: 5,
    description: 'Seconds between two looks. Left out: APPMETRICA_POLL_INTERVAL_SECONDS',
  })
  @IsOptional()
  @QueryNumber()
  @IsNumber()
  @Min(0.05)
  @Max(3600)
  readonly poll_interval?: number;

  @ApiPropertyOptional({ example: 300, description: 'Seconds to wait. Left out: APPMETRICA_POLL_TIMEOUT_SECONDS' })
  @IsOptional()
  @QueryNumber()
  @IsNumber()
  @Min(0)
  @Max(MAX_WAIT_SECONDS)
  readonly poll_timeout?: number;
}

/** In our own words; what was left out stays so. */
export function draftOf(body: ExportBody): ExportDraft {
  const { source, fields, date_since, date_until, date_dimension, application_id, ...rest } = body;
  const { skip_unavailable_shards, use_utf8_bom, ...same } = rest;
  const renamed = {
    applicationId: application_id,
    dateSince: date_since,
    dateUntil: date_until,
    dateDimension: date_dimension,
    skipUnavailableShards: skip_unavailable_shards,
    useUtf8Bom: use_utf8_bom,
    ...same,
  };
  const given = Object.fromEntries(Object.entries(renamed).filter(([, value]) => value !== undefined));
  return { source, fields, ...given };
}
