import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  MaxLength,
  ValidateIf,
} from 'class-validator';
import { DEAD_LETTER_STATES, type DeadLetterState } from '../../../domain/stream-onboarding/dead-letter.js';
import { PageCursor, PageLimit } from '../paging.js';

const MAX_IDS = 10_000;

export class PageQuery {
  @PageLimit({ default: 50, maximum: 100 })
  readonly limit?: number;

  @PageCursor()
  readonly cursor?: string;
}

export class DeadLettersQuery extends PageQuery {
  @ApiPropertyOptional({ enum: DEAD_LETTER_STATES, description: 'Left out: all' })
  @IsOptional()
  @IsIn(DEAD_LETTER_STATES)
  readonly state?: DeadLetterState;
}

export class RemoveQuery {
  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Drop the table as well' })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly dropTable?: 'true' | 'false';
}

export class ReplayBody {
  @ApiPropertyOptional({ type: [String], description: 'Left out: all open ones' })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_IDS)
  @IsString({ each: true })
  @MaxLength(100, { each: true })
  readonly ids?: string[];
}

/** Discarding cannot be taken back, so "all" must be said. */
export class DiscardBody {
  @ApiPropertyOptional({ type: [String] })
  @ValidateIf(({ all }: DiscardBody) => all === undefined)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_IDS)
  @IsString({ each: true })
  @MaxLength(100, { each: true })
  readonly ids?: string[];

  @ApiPropertyOptional({ type: Boolean, description: 'Instead of ids: every open one' })
  @IsOptional()
  @Equals(true)
  readonly all?: true;
}
