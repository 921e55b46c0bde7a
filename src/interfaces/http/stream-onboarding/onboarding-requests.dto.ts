import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { NEW_FIELD_POLICIES, type NewFieldPolicy } from '../../../domain/stream-onboarding/connector.js';

/** Of Kinesis, or of a topic of Kafka. */
const STREAM_NAME = /^([a-zA-Z0-9_.-]{1,128}|kafka:[a-zA-Z0-9._-]{1,249})$/u;
const STREAM_NAME_WANTED = 'streamName must be the name of a Kinesis stream, or kafka: and the name of a topic';
/** It becomes a part of a host name, so it must not be able to become another host. */
const REGION = /^[a-z0-9-]{1,40}$/;

export class AuthenticateBody {
  @ApiProperty({ example: 'YOUR_AWS_ACCESS_KEY' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  readonly accessKey!: string;

  @ApiProperty({ example: 'YOUR_AWS_SECRET_KEY' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  readonly secretKey!: string;

  @ApiPropertyOptional({ description: 'Of temporary credentials' })
  @IsOptional()
  @IsString()
  @MaxLength(4096)
  readonly sessionToken?: string;

  @ApiPropertyOptional({ example: 'us-west-1', description: "Left out: the service's own region" })
  @IsOptional()
  @Matches(REGION, { message: 'region must be the name of an AWS region' })
  readonly region?: string;
}

export class SampleBody {
  @ApiProperty({
    example: 'MyKinesisDataStream',
    description: 'A Kinesis stream; or a topic of Kafka, as kafka:orders',
  })
  @Matches(STREAM_NAME, { message: STREAM_NAME_WANTED })
  readonly streamName!: string;

  @ApiPropertyOptional({ default: 100, maximum: 10_000, description: 'Events to look at, from all shards together' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly sampleSize?: number;

  @ApiPropertyOptional({ default: 5000, maximum: 60_000 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(60_000)
  readonly timeoutMs?: number;
}

export class ColumnBody {
  @ApiProperty({ example: 'column_name_1' })
  @IsString()
  @MaxLength(255)
  readonly name!: string;

  @ApiProperty({ example: 'String', description: 'Any type that the ClickHouse server accepts' })
  @IsString()
  @MaxLength(16_384)
  readonly type!: string;
}

export class CreateTableBody {
  @ApiProperty({
    example: 'MyKinesisDataStream',
    description: 'A Kinesis stream; or a topic of Kafka, as kafka:orders',
  })
  @Matches(STREAM_NAME, { message: STREAM_NAME_WANTED })
  readonly streamName!: string;

  @ApiProperty({ example: 'example_table' })
  @IsString()
  @MaxLength(255)
  readonly tableName!: string;

  @ApiPropertyOptional({ example: 'default' })
  @IsOptional()
  @IsString()
  @MaxLength(255)
  readonly databaseName?: string;

  @ApiProperty({
    type: [ColumnBody],
    example: [
      { name: 'column_name_1', type: 'String' },
      { name: 'column_name_2', type: 'Int32' },
      { name: 'columns_name_3', type: 'Boolean' },
    ],
    description:
      'Columns named _stream, _shard, _sequence_number, _timestamp and _key are filled from the record itself',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => ColumnBody)
  readonly schema!: ColumnBody[];

  @ApiPropertyOptional({ type: [String], description: 'Left out: the first column a table can be sorted by' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1000)
  @IsString({ each: true })
  readonly orderBy?: string[];

  @ApiPropertyOptional({
    default: 'TRIM_HORIZON',
    description: 'TRIM_HORIZON, LATEST or an ISO 8601 time with its zone',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly startFrom?: string;

  @ApiPropertyOptional({ enum: NEW_FIELD_POLICIES, default: 'evolve' })
  @IsOptional()
  @IsIn(NEW_FIELD_POLICIES)
  readonly onNewField?: NewFieldPolicy;

  @ApiPropertyOptional({ default: false, description: 'Copy nothing before the connector is resumed' })
  @IsOptional()
  @IsBoolean()
  readonly paused?: boolean;
}

export class RunQueryBody {
  @ApiProperty({ example: 'SELECT * FROM default.example_table' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(100_000)
  readonly query!: string;

  @ApiPropertyOptional({ default: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  readonly page?: number;

  @ApiPropertyOptional({ default: 100, maximum: 10_000 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly pageSize?: number;
}
