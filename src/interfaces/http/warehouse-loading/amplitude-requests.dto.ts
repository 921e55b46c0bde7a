import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { EXPORT_SOURCES, type ExportSource } from '../../../domain/warehouse-loading/amplitude/export-range.js';

const DAY_OR_HOUR = /^\d{8}(T\d{2})?$/;

export class AmplitudeExportQuery {
  @ApiProperty({ example: '20240201', description: 'First day (its hour 00), YYYYMMDD, or hour, YYYYMMDDTHH; UTC' })
  @Matches(DAY_OR_HOUR, { message: 'start must be YYYYMMDD or YYYYMMDDTHH' })
  readonly start!: string;

  @ApiProperty({
    example: '20240207',
    description: 'Last day (its hour 23), YYYYMMDD, or hour, YYYYMMDDTHH; inclusive',
  })
  @Matches(DAY_OR_HOUR, { message: 'end must be YYYYMMDD or YYYYMMDDTHH' })
  readonly end!: string;

  @ApiProperty({ enum: EXPORT_SOURCES, description: 'Which project: it selects the keys' })
  @IsIn(EXPORT_SOURCES)
  readonly source!: ExportSource;

  @ApiPropertyOptional({ enum: ['s3'], description: 'Store the archive in the bucket, and answer a receipt' })
  @IsOptional()
  @IsIn(['s3'])
  readonly destination?: 's3';

  @ApiPropertyOptional({
    type: Boolean,
    default: false,
    description: 'Load the events into the seven tables, and answer a receipt',
  })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly load?: 'true' | 'false';
}
