import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';

const MAX_TABLES = 100;
const MAX_PROMPT_LENGTH = 100_000;

export class StartBody {
  @ApiProperty({ example: 'Join the orders of both shops' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_PROMPT_LENGTH)
  readonly prompt!: string;

  @ApiPropertyOptional({ type: [String], example: ['table1', 'table2'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TABLES)
  @IsString({ each: true })
  @MaxLength(256, { each: true })
  readonly source_tables?: string[];

  @ApiPropertyOptional({ example: 'target_table_name' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  readonly target_table?: string;
}
