import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';

/** Ahead or back, in months. */
const MOST_MONTHS = 1200;

export class CreatePartitionsBody {
  @ApiProperty({ example: 2025 })
  @IsInt()
  readonly start_year!: number;

  @ApiProperty({ example: 2025, description: 'Included' })
  @IsInt()
  readonly end_year!: number;

  @ApiPropertyOptional({ default: false, description: 'Only say what would be done' })
  @IsOptional()
  @IsBoolean()
  readonly dry_run?: boolean;
}

export class MaintainPartitionsBody {
  @ApiPropertyOptional({ default: 3, description: 'Months to have partitions for besides the present one' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_MONTHS)
  readonly premake?: number;

  @ApiPropertyOptional({ description: 'Months to keep before the present one. Left out: all' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_MONTHS)
  readonly retain?: number;

  @ApiPropertyOptional({
    default: false,
    description: 'Drop what is older, instead of leaving it as tables of their own',
  })
  @IsOptional()
  @IsBoolean()
  readonly drop?: boolean;

  @ApiPropertyOptional({ default: false, description: 'Only say what would be done' })
  @IsOptional()
  @IsBoolean()
  readonly dry_run?: boolean;
}
