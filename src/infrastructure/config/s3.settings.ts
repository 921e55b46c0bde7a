import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** Object storage: one bucket of S3, or of any store that speaks its protocol. */
export class S3Settings {
  /** Access key. Unset: the identity of the AWS settings. */
  @Env('S3_ACCESS_KEY_ID', { secret: true })
  @IsOptional()
  @IsString()
  readonly accessKeyId?: string;

  /** Secret key. */
  @Env('S3_SECRET_ACCESS_KEY', { secret: true })
  @IsOptional()
  @IsString()
  readonly secretAccessKey?: string;

  /** Region of the bucket. Unset: `AWS_REGION`, and us-east-1 for endpoints other than AWS. */
  @Env('S3_REGION')
  @IsOptional()
  @Matches(/^[a-z0-9-]{1,40}$/, { message: 'must be a region such as eu-central-1' })
  readonly region?: string;

  /** Endpoint. Unset: AWS where an identity is set; without one, an embedded engine. */
  @Env('S3_ENDPOINT_URL')
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly endpointUrl?: string;

  /** Bucket; it must exist. Unset: `penstock`, created on first use, on the embedded engine; anywhere else it must be set. */
  @Env('S3_BUCKET_NAME')
  @IsOptional()
  @Matches(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { message: 'must be the name of a bucket' })
  readonly bucketName?: string;

  /** Whether the bucket stands in the path of a URL (as most stores but AWS want it) or in the host name. AWS itself decides for itself. */
  @Env('S3_PATH_STYLE')
  @IsBoolean()
  readonly pathStyle: boolean = true;

  /** Checksums of content: `supported` sends a CRC32 with everything, `required` only where the store insists, for stores that refuse them. */
  @Env('S3_CHECKSUMS')
  @IsIn(['supported', 'required'])
  readonly checksums: 'supported' | 'required' = 'supported';

  /** Whether a store must decide conditions of writes itself (If-Match, If-None-Match). Off: they are looked at before each write, and races can be lost. */
  @Env('S3_CONDITIONAL_WRITES')
  @IsBoolean()
  readonly conditionalWrites: boolean = true;

  /** Longest time until the store answers one request, in milliseconds. */
  @Env('S3_REQUEST_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(3_600_000)
  readonly requestTimeoutMs: number = 300_000;

  /** Tries of one request, the first included. */
  @Env('S3_MAX_ATTEMPTS')
  @IsInt()
  @Min(1)
  @Max(20)
  readonly maxAttempts: number = 4;

  /** Requests to the store at a time for one upload or patch; each holds up to 16 MiB of memory. */
  @Env('S3_PARALLEL_PARTS')
  @IsInt()
  @Min(1)
  @Max(64)
  readonly parallelParts: number = 4;
}
