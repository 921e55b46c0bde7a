import { IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** PostgreSQL: dead letters, and the records of the service. */
export class PostgresSettings {
  /** Connection URL. Neither it nor CLUE_DB_HOST set: an embedded engine. */
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

  /** Largest number of connections for loads, imports and exports, besides those. */
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
