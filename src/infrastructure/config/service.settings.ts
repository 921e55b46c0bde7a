import { IsBoolean, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { Env } from './env.js';

/** Where and how the service runs. */
export class ServiceSettings {
  /** Address to listen on. Any other than this machine's own (127.0.0.1, ::1, localhost) needs `API_KEYS_FILE`. */
  @Env('HOST')
  @IsString()
  readonly host: string = '127.0.0.1';

  /** Port to listen on; 0 takes any free one. */
  @Env('PORT')
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly port: number = 8080;

  /** Whether `serve` copies streams as well; `worker` always does. */
  @Env('WORKERS')
  @IsBoolean()
  readonly workers: boolean = true;

  /** How long a stop may take until it is forced, in milliseconds. */
  @Env('SHUTDOWN_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(600_000)
  readonly shutdownTimeoutMs: number = 15_000;

  /** Title of the API in its description. */
  @Env('TITLE')
  @IsString()
  @MaxLength(200)
  readonly title: string = 'Penstock';

  /** Version of the API in its description and in `/health`. */
  @Env('VERSION')
  @IsString()
  @MaxLength(50)
  readonly version: string = '0.1.0';

  /** What the API's description says about it. */
  @Env('DESCRIPTION')
  @IsString()
  @MaxLength(2000)
  readonly description: string = 'Moves analytics data between streams, warehouses, buckets and workflow engines';
}
