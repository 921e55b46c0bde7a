import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

export class EnvironmentQuery {
  @ApiPropertyOptional({ example: 'prod', description: 'Left out: the one of the setting ENVIRONMENT, else none' })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  readonly environment?: string;
}

export class DomainConfigQuery extends EnvironmentQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], default: 'false', description: 'Tell which file set each value' })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly explain?: 'true' | 'false';
}
