import { IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** ClickHouse, the warehouse. */
export class ClickhouseSettings {
  /** Address of its HTTP interface. Unset: an embedded engine. */
  @Env('CLICKHOUSE_URL')
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly url?: string;

  /** User, where the address is set. */
  @Env('CLICKHOUSE_USER')
  @IsString()
  readonly user: string = 'default';

  /** The user's password. */
  @Env('CLICKHOUSE_PASSWORD', { secret: true })
  @IsString()
  readonly password: string = '';

  /** Database of tables that are named without one. */
  @Env('CLICKHOUSE_DATABASE')
  @IsString()
  readonly database: string = 'default';

  /** Cluster on which tables are made, replicated and distributed. Unset: a single server. */
  @Env('CLICKHOUSE_CLUSTER')
  @IsOptional()
  @IsString()
  readonly cluster?: string;

  /**
   * Longest time for one insert of a batch, in milliseconds; its outcome is unknown then, and it is repeated. A load's
   * begins when all rows are sent.
   */
  @Env('CLICKHOUSE_INSERT_TIMEOUT_MS')
  @IsInt()
  @Min(1000)
  @Max(3_600_000)
  readonly insertTimeoutMs: number = 120_000;

  /** Longest time for any other statement of the service's own, in milliseconds. */
  @Env('CLICKHOUSE_STATEMENT_TIMEOUT_MS')
  @IsInt()
  @Min(1000)
  @Max(3_600_000)
  readonly statementTimeoutMs: number = 60_000;

  /** Connections of one process. */
  @Env('CLICKHOUSE_MAX_CONNECTIONS')
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly maxConnections: number = 32;

  /** Largest answer of a caller's query, in bytes of one page. */
  @Env('CLICKHOUSE_MAX_RESULT_BYTES')
  @IsInt()
  @Min(1024)
  @Max(1_073_741_824)
  readonly maxResultBytes: number = 16_777_216;

  /** Memory that one query of a caller may use, in bytes. */
  @Env('CLICKHOUSE_MAX_QUERY_MEMORY_BYTES')
  @IsInt()
  @Min(1_048_576)
  @Max(1_099_511_627_776)
  readonly maxQueryMemoryBytes: number = 2_147_483_648;
}
