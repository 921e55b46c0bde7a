import { IsInt, IsOptional, IsUrl, Max, Min } from 'class-validator';
import { Env } from './env.js';

/** AWS Secrets Manager, for settings that come from a secret. */
export class SecretsManagerSettings {
  /** Endpoint. Unset: AWS with the identity of the AWS settings; without one, an embedded engine. */
  @Env('SECRETS_MANAGER_ENDPOINT_URL')
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly endpointUrl?: string;

  /** Longest time for one request, in milliseconds. */
  @Env('SECRETS_MANAGER_REQUEST_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(600_000)
  readonly requestTimeoutMs: number = 5000;
}
