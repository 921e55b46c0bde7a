import { IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';
import { Env } from './env.js';

const HOUR_MS = 3_600_000;

interface ProjectKeys {
  readonly clientId: string;
  readonly secretKey: string;
}

/** Amplitude's Export API: one project for web, one for mobile. */
export class AmplitudeSettings {
  /** Address of the service; `https://analytics.eu.amplitude.com` for projects in the European Union. */
  @Env('AMPLITUDE_BASE_URL')
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly baseUrl: string = 'https://amplitude.com';

  /** API key of the web project. */
  @Env('AMPLITUDE_WEB_CLIENT_ID', { secret: true })
  @IsOptional()
  @IsString()
  readonly webClientId?: string;

  /** Secret key of the web project. */
  @Env('AMPLITUDE_WEB_SECRET_KEY', { secret: true })
  @IsOptional()
  @IsString()
  readonly webSecretKey?: string;

  /** API key of the mobile project. */
  @Env('AMPLITUDE_MOBILE_CLIENT_ID', { secret: true })
  @IsOptional()
  @IsString()
  readonly mobileClientId?: string;

  /** Secret key of the mobile project. */
  @Env('AMPLITUDE_MOBILE_SECRET_KEY', { secret: true })
  @IsOptional()
  @IsString()
  readonly mobileSecretKey?: string;

  /** Hours in one request, before a too large one is halved. */
  @Env('AMPLITUDE_WINDOW_HOURS')
  @IsIn([1, 2, 3, 4, 6, 8, 12, 24], { message: 'must divide a day: 1, 2, 3, 4, 6, 8, 12 or 24' })
  readonly windowHours: number = 24;

  /** Requests of one project at once. */
  @Env('AMPLITUDE_PARALLEL')
  @IsInt()
  @Min(1)
  @Max(32)
  readonly parallel: number = 4;

  /** Further tries after a request that failed in a way that passes. */
  @Env('AMPLITUDE_RETRIES')
  @IsInt()
  @Min(0)
  @Max(20)
  readonly retries: number = 4;

  /** First pause before a request is tried again, in milliseconds; it doubles with each failure. */
  @Env('AMPLITUDE_RETRY_MIN_MS')
  @IsInt()
  @Min(1)
  @Max(60_000)
  readonly retryMinMs: number = 1000;

  /** Longest pause between two tries, in milliseconds; what asks for more with `Retry-After` is given up. */
  @Env('AMPLITUDE_RETRY_MAX_MS')
  @IsInt()
  @Min(1)
  @Max(3_600_000)
  readonly retryMaxMs: number = 60_000;

  /** Longest time until an answer begins, in milliseconds. */
  @Env('AMPLITUDE_ANSWER_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(300_000)
  readonly answerTimeoutMs: number = 300_000;

  /** Longest time between two pieces of an answer, in milliseconds. */
  @Env('AMPLITUDE_IDLE_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(300_000)
  readonly idleTimeoutMs: number = 60_000;

  /** Hours after which Amplitude promises all events of an hour; what is asked for earlier is not kept for later. */
  @Env('AMPLITUDE_LAG_HOURS')
  @IsInt()
  @Min(0)
  @Max(168)
  readonly lagHours: number = 2;

  /** Largest answer to one request, in bytes; Amplitude itself gives no more than 4 GB. */
  @Env('AMPLITUDE_MAX_ANSWER_BYTES')
  @IsInt()
  @Min(1024)
  readonly maxAnswerBytes: number = 5_000_000_000;

  /** Bytes of finished hours below PENSTOCK_HOME; beyond, those that were not used for longest go, but none that an export is using. */
  @Env('AMPLITUDE_SPOOL_BYTES')
  @IsInt()
  @Min(1024)
  readonly spoolBytes: number = 20_000_000_000;

  /** Hours for which a finished hour is kept after its last use, so that an export can go on after a restart. */
  @Env('AMPLITUDE_KEEP_HOURS')
  @IsInt()
  @Min(1)
  @Max(8760)
  readonly keepHours: number = 72;

  /** What the keys of archives in the bucket begin with. */
  @Env('AMPLITUDE_OBJECT_PREFIX')
  @Matches(/^([\w.-]+\/)*[\w.-]*$/, { message: 'must be a path such as exports/amplitude/' })
  readonly objectPrefix: string = 'amplitude/';

  /** Keys of the sources that have both of theirs. */
  get keys(): Readonly<Record<'web' | 'mobile', ProjectKeys | undefined>> {
    return {
      web: keysOf(this.webClientId, this.webSecretKey),
      mobile: keysOf(this.mobileClientId, this.mobileSecretKey),
    };
  }

  /** The limits of what is kept on disk. */
  get spool(): { lagMs: number; maxAnswerBytes: number; maxBytes: number; keepMs: number } {
    const { lagHours, maxAnswerBytes, spoolBytes: maxBytes, keepHours } = this;
    return { lagMs: lagHours * HOUR_MS, maxAnswerBytes, maxBytes, keepMs: keepHours * HOUR_MS };
  }
}

function keysOf(clientId: string | undefined, secretKey: string | undefined): ProjectKeys | undefined {
  return clientId === undefined || secretKey === undefined ? undefined : { clientId, secretKey };
}
