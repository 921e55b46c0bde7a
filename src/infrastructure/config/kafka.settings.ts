import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Env } from './env.js';

const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Apache Kafka, and what speaks its protocol. */
export class KafkaSettings {
  /** Brokers to begin with, `host:port`, separated by commas. Unset: no stream can be named `kafka:…`. */
  @Env('KAFKA_BOOTSTRAP_SERVERS')
  @IsOptional()
  @Matches(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/u, { message: 'must be host:port, or several of them with commas' })
  readonly bootstrapServers?: string;

  /** PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL. */
  @Env('KAFKA_SECURITY_PROTOCOL')
  @IsIn(SECURITY_PROTOCOLS)
  readonly securityProtocol: (typeof SECURITY_PROTOCOLS)[number] = 'PLAINTEXT';

  /** File with the certificates (PEM) that brokers are checked against. Unset: those that Node trusts. */
  @Env('KAFKA_SSL_CA_FILE')
  @IsOptional()
  @IsString()
  readonly caFile?: string;

  /** File with the service's own certificate (PEM), where brokers ask for one. */
  @Env('KAFKA_SSL_CERT_FILE')
  @IsOptional()
  @IsString()
  readonly certFile?: string;

  /** File with the key of that certificate (PEM). */
  @Env('KAFKA_SSL_KEY_FILE')
  @IsOptional()
  @IsString()
  readonly keyFile?: string;

  /** PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
  @Env('KAFKA_SASL_MECHANISM')
  @IsIn(SASL_MECHANISMS)
  readonly saslMechanism: (typeof SASL_MECHANISMS)[number] = 'SCRAM-SHA-512';

  /** User, with SASL. */
  @Env('KAFKA_SASL_USERNAME')
  @IsOptional()
  @IsString()
  readonly saslUsername?: string;

  /** The user's password. */
  @Env('KAFKA_SASL_PASSWORD', { secret: true })
  @IsOptional()
  @IsString()
  readonly saslPassword?: string;

  /** Name under which brokers know the service, in their logs and quotas. */
  @Env('KAFKA_CLIENT_ID')
  @Matches(/^\S+$/u)
  readonly clientId: string = 'penstock';

  /** Compression of what is published: none, gzip, snappy, lz4, or zstd where Node has it (from 22.15 on). */
  @Env('KAFKA_COMPRESSION')
  @IsIn(COMPRESSIONS)
  readonly compression: (typeof COMPRESSIONS)[number] = 'lz4';

  /** Largest request when publishing, in bytes before compression; brokers take batches up to 1 MiB unless told otherwise. */
  @Env('KAFKA_MAX_REQUEST_BYTES')
  @IsInt()
  @Min(1024)
  @Max(104_857_600)
  readonly maxRequestBytes: number = 1_048_576;

  /** Most bytes of one partition in one answer when reading. */
  @Env('KAFKA_MAX_FETCH_BYTES')
  @IsInt()
  @Min(1024)
  @Max(104_857_600)
  readonly maxFetchBytes: number = 4_194_304;

  /** Pause between two looks at a partition that is read to its end, in milliseconds. */
  @Env('KAFKA_POLL_MS')
  @IsInt()
  @Min(10)
  @Max(60_000)
  readonly pollMs: number = 100;

  /** How long a partition may fail to be read, or records to be published, before it is given up, in milliseconds. */
  @Env('KAFKA_PATIENCE_MS')
  @IsInt()
  @Min(100)
  @Max(3_600_000)
  readonly patienceMs: number = 30_000;

  /** Longest time for one request, in milliseconds. */
  @Env('KAFKA_REQUEST_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(600_000)
  readonly requestTimeoutMs: number = 15_000;
}
