import { IsOptional, IsString, Matches } from 'class-validator';
import { Env } from './env.js';

/** Long-lived or temporary keys of one identity, as the AWS SDK wants them. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * The service's own AWS identity. Besides the keys below, the AWS SDK's own chain is used (profiles, web identity,
 * container roles). A machine whose role the environment does not show (EC2) needs the endpoint URLs of the services set.
 */
export class AwsSettings {
  /** Region of every AWS service. Unset: what the SDK finds. */
  @Env('AWS_REGION')
  @IsOptional()
  @Matches(/^[a-z]{2,}(-[a-z]+)+-\d+$/, { message: 'must be a region such as eu-central-1' })
  readonly region?: string;

  /** Access key. */
  @Env('AWS_ACCESS_KEY_ID', { secret: true })
  @IsOptional()
  @IsString()
  readonly accessKeyId?: string;

  /** Secret key. */
  @Env('AWS_SECRET_ACCESS_KEY', { secret: true })
  @IsOptional()
  @IsString()
  readonly secretAccessKey?: string;

  /** Token of temporary keys. */
  @Env('AWS_SESSION_TOKEN', { secret: true })
  @IsOptional()
  @IsString()
  readonly sessionToken?: string;

  /** Profile of the shared AWS configuration files. */
  @Env('AWS_PROFILE')
  @IsOptional()
  @IsString()
  readonly profile?: string;

  /** Token file of a web identity (Kubernetes service accounts). */
  @Env('AWS_WEB_IDENTITY_TOKEN_FILE')
  @IsOptional()
  @IsString()
  readonly webIdentityTokenFile?: string;

  /** Where a container gets its role's keys (ECS). */
  @Env('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI')
  @IsOptional()
  @IsString()
  readonly containerCredentialsPath?: string;

  /** Where a container gets its role's keys (EKS). */
  @Env('AWS_CONTAINER_CREDENTIALS_FULL_URI')
  @IsOptional()
  @IsString()
  readonly containerCredentialsUrl?: string;

  /** Whether the environment names an identity; without one, and without an endpoint, engines are embedded. */
  get hasIdentity(): boolean {
    const ways = [this.accessKeyId, this.profile, this.webIdentityTokenFile];
    return [...ways, this.containerCredentialsPath, this.containerCredentialsUrl].some((way) => way !== undefined);
  }

  /** The keys where both are given (perhaps by file, which the SDK does not read); otherwise the SDK's chain decides. */
  get keys(): AwsKeys | undefined {
    const { accessKeyId, secretAccessKey, sessionToken } = this;
    if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }
}
