import { IsInt, IsNumber, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';
import type { AppmetricaLimits } from '../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';
import { Env } from './env.js';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

/** Exports from AppMetrica (Logs API). */
export class AppmetricaSettings implements AppmetricaLimits {
  /** Where the vendor's API is; api.appmetrica.yandex.ru in Russia. */
  @Env('APPMETRICA_BASE_URL')
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly baseUrl: string = 'https://api.appmetrica.yandex.com';

  /** OAuth token of an account that may see the application. */
  @Env('APPMETRICA_API_KEY', { secret: true })
  @IsOptional()
  @IsString()
  readonly apiKey?: string;

  /** Application of exports that name none. */
  @Env('APPMETRICA_APPLICATION_ID')
  @IsOptional()
  @IsInt()
  @Min(1)
  readonly applicationId?: number;

  /** First pause between two looks at whether an export is ready, in seconds; it grows while the vendor prepares. */
  @Env('APPMETRICA_POLL_INTERVAL_SECONDS')
  @IsNumber()
  @Min(0.01)
  @Max(3600)
  readonly pollIntervalSeconds: number = 5;

  /** How long /appmetrica/fetch-export waits unless it is told, in seconds. */
  @Env('APPMETRICA_POLL_TIMEOUT_SECONDS')
  @IsNumber()
  @Min(0)
  @Max(86_400)
  readonly pollTimeoutSeconds: number = 300;

  /** How long one export may take, the vendor's queue included, in seconds. */
  @Env('APPMETRICA_EXPORT_TIMEOUT_SECONDS')
  @IsNumber()
  @Min(1)
  @Max(604_800)
  readonly exportTimeoutSeconds: number = 21_600;

  /** How long the vendor may be silent within one request, in seconds. */
  @Env('APPMETRICA_REQUEST_TIMEOUT_SECONDS')
  @IsNumber()
  @Min(0.1)
  @Max(3600)
  readonly requestTimeoutSeconds: number = 120;

  /** Times in a row that the vendor may fail to answer, or to send a whole part. */
  @Env('APPMETRICA_MAX_TRIES')
  @IsInt()
  @Min(1)
  @Max(100)
  readonly maxTries: number = 6;

  /** Longest pause that is made when the vendor's quota is used up, whatever its Retry-After says, in seconds. */
  @Env('APPMETRICA_MAX_WAIT_SECONDS')
  @IsNumber()
  @Min(0.01)
  @Max(86_400)
  readonly maxWaitSeconds: number = 600;

  /** Parts an export may be split into when the vendor asks for more of them. */
  @Env('APPMETRICA_MAX_PARTS')
  @IsInt()
  @Min(1)
  @Max(65_536)
  readonly maxParts: number = 256;

  /** Bytes an export may have, uncompressed. */
  @Env('APPMETRICA_MAX_BYTES')
  @IsInt()
  @Min(1)
  readonly maxBytes: number = 100_000_000_000;

  /** Exports one process works on at once; the vendor queues three of an application. */
  @Env('APPMETRICA_CONCURRENCY')
  @IsInt()
  @Min(1)
  @Max(100)
  readonly concurrency: number = 2;

  /** Hours for which finished exports and their content are kept. */
  @Env('APPMETRICA_KEEP_HOURS')
  @IsNumber()
  @Min(0)
  @Max(87_600)
  readonly keepHours: number = 24;

  /** Folder in which exports are put together and kept; share it between machines that answer for one another. Unset: below PENSTOCK_HOME. */
  @Env('APPMETRICA_SPOOL_DIR')
  @IsOptional()
  @IsString()
  readonly spoolDir?: string;

  get pollMs(): number {
    return this.pollIntervalSeconds * SECOND_MS;
  }

  get pollTimeoutMs(): number {
    return this.pollTimeoutSeconds * SECOND_MS;
  }

  get exportTimeoutMs(): number {
    return this.exportTimeoutSeconds * SECOND_MS;
  }

  get requestTimeoutMs(): number {
    return this.requestTimeoutSeconds * SECOND_MS;
  }

  get maxWaitMs(): number {
    return this.maxWaitSeconds * SECOND_MS;
  }

  get keepMs(): number {
    return this.keepHours * HOUR_MS;
  }
}
