import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { QueryNumber } from './query-number.js';

/** Longer than any cursor of ours. */
const MAX_CURSOR_LENGTH = 1000;

/** How many a page of a list has; the list's own default stands where it is read. */
export function PageLimit(limits: { readonly default: number; readonly maximum: number }): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional(limits),
    IsOptional(),
    QueryNumber(),
    IsInt(),
    Min(1),
    Max(limits.maximum),
  );
}

/** Where a page begins: opaque, `next` of the page before. */
export function PageCursor(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ description: '`next` of the page before' }),
    IsOptional(),
    IsString(),
    MaxLength(MAX_CURSOR_LENGTH),
  );
}
