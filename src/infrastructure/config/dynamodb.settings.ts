import { IsInt, IsOptional, IsUrl, Matches, Max, Min } from 'class-validator';
import { Env } from './env.js';

const TABLE_NAME = /^[\w.-]{3,255}$/;

/** DynamoDB: leases, checkpoints and connectors. */
export class DynamodbSettings {
  /** Endpoint. Unset together with AWS credentials, the service starts a DynamoDB of its own. */
  @Env('DYNAMODB_ENDPOINT_URL')
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  readonly endpointUrl?: string;

  /** Table of leases and checkpoints; made on first use. */
  @Env('DYNAMODB_LEASE_TABLE')
  @Matches(TABLE_NAME)
  readonly leaseTable: string = 'penstock_leases';

  /** Table of connectors; made on first use. */
  @Env('DYNAMODB_CONNECTOR_TABLE')
  @Matches(TABLE_NAME)
  readonly connectorTable: string = 'penstock_connectors';

  /** Table of (stream ARN, table UUID) that other programs read; made on first use. */
  @Env('DYNAMODB_STREAM_TABLE_MAP')
  @Matches(TABLE_NAME)
  readonly streamTableMap: string = 'stream_table_map';

  /** How long one request may take, in milliseconds. */
  @Env('DYNAMODB_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(60_000)
  readonly timeoutMs: number = 5000;
}
