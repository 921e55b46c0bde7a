import { IsBoolean, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** Who may use the service, and how much. */
export class AccessSettings {
  /** YAML list of `name`, `sha256` of the key and `scopes` (`read`, `load`, `write`, `admin`). Unset: no keys, and this machine only. Changes are taken up while running. */
  @Env('API_KEYS_FILE')
  @IsOptional()
  @IsString()
  readonly apiKeysFile?: string;

  /** Requests a minute for each key, or for each address without one; 0 is no limit. */
  @Env('RATE_LIMIT_PER_MINUTE')
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  readonly rateLimitPerMinute: number = 600;

  /** Largest body of a request that is not streamed, in bytes. */
  @Env('MAX_BODY_BYTES')
  @IsInt()
  @Min(1024)
  @Max(1_073_741_824)
  readonly maxBodyBytes: number = 10_485_760;

  /** Whether to believe `X-Forwarded-For` and its like; only behind a proxy that sets them itself. */
  @Env('TRUST_PROXY')
  @IsBoolean()
  readonly trustProxy: boolean = false;

  /** Origins whose pages may call the API from a browser, separated by commas. Unset: none. */
  @Env('CORS_ORIGINS')
  @IsOptional()
  @Matches(/^https?:\/\/[^\s,/]+(,https?:\/\/[^\s,/]+)*$/, {
    message: 'must be origins such as https://app.example.com, separated by commas',
  })
  readonly corsOrigins?: string;
}
