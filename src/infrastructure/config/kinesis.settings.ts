import { IsBoolean, IsInt, IsOptional, IsUrl, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** Kinesis data streams. */
export class KinesisSettings {
  /** Endpoint. Unset: AWS with the identity of the AWS settings; without one, an embedded engine. */
  @Env('KINESIS_ENDPOINT_URL')
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly endpointUrl?: string;

  /** Pause between two looks at a shard that is read to its end, in milliseconds; AWS allows 5 reads a second and shard. */
  @Env('KINESIS_POLL_MS')
  @IsInt()
  @Min(10)
  @Max(60_000)
  readonly pollMs: number = 250;

  /** How long one shard may fail to be read before its reader gives up, in milliseconds. */
  @Env('KINESIS_PATIENCE_MS')
  @IsInt()
  @Min(100)
  @Max(3_600_000)
  readonly patienceMs: number = 30_000;

  /** Longest time for one request, in milliseconds. */
  @Env('KINESIS_REQUEST_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(600_000)
  readonly requestTimeoutMs: number = 15_000;

  /** Largest request when publishing, in bytes, partition keys included. */
  @Env('KINESIS_MAX_PUT_BYTES')
  @IsInt()
  @Min(1024)
  @Max(10_485_760)
  readonly maxPutBytes: number = 5_242_880;

  /** Whether events of one partition key may share a record, as the Kinesis Producer Library packs them; its consumers, and Penstock, undo it. Off: a busy key is slow, for Kinesis keeps the order of single records only one by one. */
  @Env('KINESIS_AGGREGATE')
  @IsBoolean()
  readonly aggregate: boolean = true;
}
