import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ALERT_STATES, type AlertState } from '../../../domain/event-pipelines/window-alerts.js';
import { QueryNumber } from '../query-number.js';

export const MOST_ALERTS = 1000;

export class AggregationPath {
  @ApiProperty({ example: 'ecommerce' })
  @IsString()
  @MaxLength(200)
  readonly domain!: string;

  @ApiProperty({ example: 'revenue' })
  @IsString()
  @MaxLength(200)
  readonly name!: string;
}

export class AlertsQuery {
  @ApiPropertyOptional({ enum: ALERT_STATES, description: 'Left out: all' })
  @IsOptional()
  @IsIn(ALERT_STATES)
  readonly state?: AlertState;

  @ApiPropertyOptional({ example: 'revenue_high', description: 'Only this alert' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly alert?: string;

  @ApiPropertyOptional({ default: 100, maximum: MOST_ALERTS })
  @IsOptional()
  @QueryNumber()
  @IsInt()
  @Min(1)
  @Max(MOST_ALERTS)
  readonly limit?: number;

  @ApiPropertyOptional({ description: '`next` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly cursor?: string;
}

export class ChangesQuery {
  @ApiPropertyOptional({
    example: '2026-01-13T12:34:56Z',
    description: 'Changes from then on; left out: the last minute',
  })
  @IsOptional()
  @IsISO8601()
  @MaxLength(40)
  readonly since?: string;
}
