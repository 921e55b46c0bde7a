import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { MAX_OBJECTS_LIMIT } from '../../../application/warehouse-loading/list-objects.query.js';
import {
  DEFAULT_PRESIGN_SECONDS,
  MAX_PRESIGN_SECONDS,
} from '../../../application/warehouse-loading/presign-object.query.js';
import { MEDIA_TYPE } from '../../../domain/warehouse-loading/media-type.js';
import { QueryNumber } from '../query-number.js';

/** Longer than any key, which is checked in bytes. */
const MAX_KEY_CHARACTERS = 4096;
const MAX_RETRIES = 20;

export class KeyQuery {
  @ApiProperty({ example: 'path/to/file', description: '1 to 1,024 bytes of UTF-8, without segments "." and ".."' })
  @IsString()
  @MaxLength(MAX_KEY_CHARACTERS)
  readonly key!: string;
}

export class ObjectsQuery {
  @ApiPropertyOptional({ example: 'folder/' })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_KEY_CHARACTERS)
  readonly prefix?: string;

  @ApiPropertyOptional({ example: '/', description: 'Keys that go on behind it are told as one prefix' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  readonly delimiter?: string;

  @ApiPropertyOptional({ default: MAX_OBJECTS_LIMIT, maximum: MAX_OBJECTS_LIMIT })
  @IsOptional()
  @QueryNumber()
  @IsInt()
  @Min(1)
  @Max(MAX_OBJECTS_LIMIT)
  readonly limit?: number;

  @ApiPropertyOptional({ description: '`next` of the page before, with the same prefix and delimiter' })
  @IsOptional()
  @IsString()
  @MaxLength(4096)
  readonly cursor?: string;
}

class ContentQuery extends KeyQuery {
  @ApiPropertyOptional({ example: 'text/csv', description: 'Left out: as the request has it' })
  @IsOptional()
  @Matches(MEDIA_TYPE, { message: 'content_type must be a media type' })
  readonly content_type?: string;
}

export class UploadQuery extends ContentQuery {
  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Replace an object that is there; needs `write`' })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly overwrite?: 'true' | 'false';
}

export class UpdateQuery extends ContentQuery {}

export class PatchQuery extends KeyQuery {
  @ApiProperty({ example: 0, description: 'First byte to replace; the size of the object appends' })
  @QueryNumber()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  readonly offset!: number;

  @ApiPropertyOptional({ default: 0, maximum: MAX_RETRIES, description: 'When somebody else changes it meanwhile' })
  @IsOptional()
  @QueryNumber()
  @IsInt()
  @Min(0)
  @Max(MAX_RETRIES)
  readonly retries?: number;
}

export class PresignBody {
  @ApiProperty({ example: 'path/to/file' })
  @IsString()
  @MaxLength(MAX_KEY_CHARACTERS)
  readonly key!: string;

  @ApiPropertyOptional({ enum: ['GET', 'PUT'], default: 'GET' })
  @IsOptional()
  @IsIn(['GET', 'PUT'])
  readonly method?: 'GET' | 'PUT' | null;

  @ApiPropertyOptional({ default: DEFAULT_PRESIGN_SECONDS, maximum: MAX_PRESIGN_SECONDS, description: 'Seconds' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_PRESIGN_SECONDS)
  readonly expires_in?: number | null;
}
