import { IsInt, IsOptional, IsUrl, Matches, Max, Min } from 'class-validator';
import { Env } from './env.js';

const TABLE_NAME = /^[\w.-]{3,255}$/;

/** DynamoDB: connectors, leases and checkpoints. */
export class DynamodbSettings {
  /** Endpoint. Unset: AWS with the identity of the AWS settings; without one, an embedded engine. */
  @Env('DYNAMODB_ENDPOINT_URL')
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly endpointUrl?: string;

  /** Table of leases and checkpoints; made on first use. */
  @Env('DYNAMODB_LEASES_TABLE')
  @Matches(TABLE_NAME)
  readonly leasesTable: string = 'penstock_leases';

  /** Table of connectors; made on first use. */
  @Env('DYNAMODB_CONNECTORS_TABLE')
  @Matches(TABLE_NAME)
  readonly connectorsTable: string = 'penstock_connectors';

  /** Table of (stream ARN, table UUID) that other programs read; made on first use. */
  @Env('DYNAMODB_STREAM_TABLE_MAP')
  @Matches(TABLE_NAME)
  readonly streamTableMap: string = 'stream_table_map';

  /** Longest time for one request, in milliseconds. */
  @Env('DYNAMODB_REQUEST_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(600_000)
  readonly requestTimeoutMs: number = 5000;

  /** How often the SDK tries a request before it is given up. */
  @Env('DYNAMODB_MAX_ATTEMPTS')
  @IsInt()
  @Min(1)
  @Max(20)
  readonly maxAttempts: number = 4;
}
