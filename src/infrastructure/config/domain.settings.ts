import { IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';
import { SECRET_BACKENDS, type SecretBackend } from '../../domain/event-pipelines/domain-source.js';
import { Env } from './env.js';

/** Domains of events: where their configuration is, and where its secrets are. */
export class DomainSettings {
  /** Folder with `platform.yaml`, `environments/` and `domains/`. Unset: the one that comes with the service. */
  @Env('DOMAINS_DIR')
  @IsOptional()
  @IsString()
  readonly directory?: string;

  /** Environment whose file lies over the platform's, such as `dev` or `prod`. Unset: none. */
  @Env('ENVIRONMENT')
  @IsOptional()
  @Matches(/^[a-z0-9][a-z0-9_-]{0,39}$/)
  readonly environment?: string;

  /** Where `${secret:KEY}` is looked up if the files name nothing else: env, file, vault or aws. */
  @Env('SECRETS_BACKEND')
  @IsIn(SECRET_BACKENDS)
  readonly secretsBackend: SecretBackend = 'env';

  /** Folder of the backend `file`, with a file for each secret. */
  @Env('SECRETS_DIR')
  @IsString()
  readonly secretsDirectory: string = '/run/secrets';

  /** How long the value of a secret is used before it is looked up again, in milliseconds. */
  @Env('SECRETS_MAX_AGE_MS')
  @IsInt()
  @Min(0)
  @Max(86_400_000)
  readonly secretsMaxAgeMs: number = 60_000;

  /** Address of HashiCorp Vault, for the backend `vault`. */
  @Env('VAULT_ADDR')
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly vaultUrl?: string;

  /** Token that may read the secrets. */
  @Env('VAULT_TOKEN', { secret: true })
  @IsOptional()
  @IsString()
  readonly vaultToken?: string;

  /** Namespace of Vault Enterprise. Unset: the root. */
  @Env('VAULT_NAMESPACE')
  @IsOptional()
  @Matches(/^[\w./-]{1,200}$/)
  readonly vaultNamespace?: string;

  /** Where the key/value engine, version 2, is mounted in Vault. */
  @Env('VAULT_MOUNT')
  @Matches(/^[\w./-]{1,200}$/)
  readonly vaultMount: string = 'secret';

  /** Secret of Vault whose fields are meant by keys that name no other; `path/to#field` names one. */
  @Env('VAULT_SECRET_PATH')
  @Matches(/^[\w./-]{1,200}$/)
  readonly vaultPath: string = 'penstock';

  /** Longest time for one request to Vault, in milliseconds. */
  @Env('VAULT_REQUEST_TIMEOUT_MS')
  @IsInt()
  @Min(100)
  @Max(600_000)
  readonly vaultTimeoutMs: number = 5000;
}
