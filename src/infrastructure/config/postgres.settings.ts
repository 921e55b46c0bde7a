import { IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** PostgreSQL: dead letters, and the records of the service. */
export class PostgresSettings {
  /** Secret of AWS Secrets Manager that says where the database is: JSON as AWS writes it, or a URL; what it leaves out is taken from the settings below. It may change while the service runs. */
  @Env('DWH_DATABASE_SECRET_ID')
  @IsOptional()
  @IsString()
  readonly secretId?: string;

  /** How old the value of that secret may be before it is read again, in milliseconds; one that is refused is read again at once. */
  @Env('DWH_DATABASE_SECRET_MAX_AGE_MS')
  @IsInt()
  @Min(1000)
  @Max(86_400_000)
  readonly secretMaxAgeMs: number = 300_000;

  /** Connection URL. Neither it, CLUE_DB_HOST nor DWH_DATABASE_SECRET_ID set: an embedded engine. */
  @Env('DWH_DATABASE_URL', { secret: true })
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'must be a postgresql:// URL' })
  readonly url?: string;

  /** Host, where no URL is set. */
  @Env('CLUE_DB_HOST')
  @IsOptional()
  @IsString()
  readonly host?: string;

  /** Port, with CLUE_DB_HOST. */
  @Env('CLUE_DB_PORT')
  @IsInt()
  @Min(1)
  @Max(65_535)
  readonly port: number = 5432;

  /** Database, with CLUE_DB_HOST. */
  @Env('CLUE_DB')
  @IsString()
  readonly database: string = 'postgres';

  /** User, with CLUE_DB_HOST. */
  @Env('CLUE_DB_USER')
  @IsString()
  readonly user: string = 'postgres';

  /** The user's password. */
  @Env('CLUE_DB_PWD', { secret: true })
  @IsOptional()
  @IsString()
  readonly password?: string;

  /** Largest number of pooled connections. */
  @Env('DWH_POOL_SIZE')
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly poolSize: number = 10;

  /** Largest number of connections for loads, imports and exports, besides those. An import takes a second one while another stays free. */
  @Env('DWH_LONG_POOL_SIZE')
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly longPoolSize: number = 4;

  /** Longest time for one statement, in milliseconds. */
  @Env('DWH_STATEMENT_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(86_400_000)
  readonly statementTimeoutMs: number = 30_000;
}
