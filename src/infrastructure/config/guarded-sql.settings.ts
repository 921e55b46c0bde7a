import { IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** Guarded SQL: callers' statements, schemas and samples. */
export class GuardedSqlSettings {
  /** Connection URL of a login of its own for callers' statements, a member of penstock_reader and penstock_writer and of nothing else. Unset: the service's own. */
  @Env('GUARDED_DATABASE_URL', { secret: true })
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'must be a postgresql:// URL' })
  readonly url?: string;

  /** Connections to PostgreSQL for callers' statements, beside those of the service: as many run at once. */
  @Env('GUARDED_SQL_POOL_SIZE')
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly poolSize: number = 16;

  /** Callers' statements that run at once on ClickHouse. */
  @Env('GUARDED_SQL_CLICKHOUSE_CONCURRENCY')
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly clickhouseConcurrency: number = 8;

  /** Statements of one key that run at once. */
  @Env('GUARDED_SQL_PER_KEY')
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly perKey: number = 8;

  /** Statements of one key that may wait for their turn; more are answered 429. */
  @Env('GUARDED_SQL_QUEUE')
  @IsInt()
  @Min(0)
  @Max(100_000)
  readonly queue: number = 1000;

  /** How long a statement waits for its turn before it is answered 429, in milliseconds. */
  @Env('GUARDED_SQL_QUEUE_MS')
  @IsInt()
  @Min(0)
  @Max(600_000)
  readonly queueMs: number = 30_000;

  /** Longest time of one statement, in milliseconds; a caller may ask for less. */
  @Env('GUARDED_SQL_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(3_600_000)
  readonly timeoutMs: number = 30_000;

  /** Longest wait for a lock, in milliseconds. */
  @Env('GUARDED_SQL_LOCK_TIMEOUT_MS')
  @IsInt()
  @Min(1)
  @Max(3_600_000)
  readonly lockTimeoutMs: number = 5000;

  /** Most rows of one answer; a caller may ask for less, and gets 1000 who asks for nothing. */
  @Env('GUARDED_SQL_MAX_ROWS')
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  readonly maxRows: number = 10_000;

  /** Largest answer, in bytes of its values. */
  @Env('GUARDED_SQL_MAX_BYTES')
  @IsInt()
  @Min(1024)
  @Max(268_435_456)
  readonly maxBytes: number = 16_777_216;

  /** Temporary files of one statement in PostgreSQL, in bytes; holds where the service's user is a superuser, elsewhere set it on the role. */
  @Env('GUARDED_SQL_MAX_TEMP_BYTES')
  @IsInt()
  @Min(1_048_576)
  @Max(1_099_511_627_776)
  readonly maxTempBytes: number = 1_073_741_824;

  /** Cost, as PostgreSQL's planner estimates it, above which a statement is refused. Unset: any. */
  @Env('GUARDED_SQL_MAX_COST')
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000_000)
  readonly maxCost?: number;

  /** Functions allowed although they are volatile or run with their owner's rights: schema.name, separated by commas. */
  @Env('GUARDED_SQL_ALLOWED_FUNCTIONS')
  @IsString()
  @Matches(/^(\s*[^\s.,]+\.[^\s.,]+\s*(,\s*[^\s.,]+\.[^\s.,]+\s*)*)?$/, {
    message: 'must be schema.name, separated by commas',
  })
  readonly allowedFunctions: string = '';
}
