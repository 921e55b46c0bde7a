import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';

export class EventsTarget {
  @ApiPropertyOptional({ description: 'Left out: the only domain that has this event type', example: 'ecommerce' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  readonly domain?: string;
}
