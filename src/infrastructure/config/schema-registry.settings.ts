import { IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** Schema registry: the one inside the service, or another that speaks Confluent's HTTP API. */
export class SchemaRegistrySettings {
  /** Where an external registry is. Unset: the registry inside the service, which is served at /registry in any case. */
  @Env('SCHEMA_REGISTRY_URL')
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly url?: string;

  /** User for the external registry (HTTP basic authentication). */
  @Env('SCHEMA_REGISTRY_USER')
  @IsOptional()
  @IsString()
  readonly user?: string;

  /** Password for the external registry. */
  @Env('SCHEMA_REGISTRY_PASSWORD', { secret: true })
  @IsOptional()
  @IsString()
  readonly password?: string;

  /** Longest time until the external registry has answered one request, in milliseconds. */
  @Env('SCHEMA_REGISTRY_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(600_000)
  readonly timeoutMs: number = 10_000;

  /** Tries of one request to the external registry, the first included. */
  @Env('SCHEMA_REGISTRY_MAX_ATTEMPTS')
  @IsInt()
  @Min(1)
  @Max(20)
  readonly maxAttempts: number = 4;
}
