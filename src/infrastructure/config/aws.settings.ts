import { IsOptional, IsString } from 'class-validator';
import { Env } from './env.js';

/**
 * Whether the service has an AWS identity. The AWS SDK reads these variables itself, by its own chain; they are listed
 * because together with the endpoint settings they decide between AWS and the embedded engines.
 */
export class AwsSettings {
  /** Region of the service's streams and tables. */
  @Env('AWS_REGION')
  @IsOptional()
  @IsString()
  readonly region?: string;

  /** Access key of the service's identity. */
  @Env('AWS_ACCESS_KEY_ID', { secret: true })
  @IsOptional()
  @IsString()
  readonly accessKeyId?: string;

  /** Secret of the service's identity. */
  @Env('AWS_SECRET_ACCESS_KEY', { secret: true })
  @IsOptional()
  @IsString()
  readonly secretAccessKey?: string;

  /** Token of a temporary identity. */
  @Env('AWS_SESSION_TOKEN', { secret: true })
  @IsOptional()
  @IsString()
  readonly sessionToken?: string;

  /** Profile in the shared AWS configuration. */
  @Env('AWS_PROFILE')
  @IsOptional()
  @IsString()
  readonly profile?: string;

  /** Token file of an identity given by Kubernetes (IAM roles for service accounts). */
  @Env('AWS_WEB_IDENTITY_TOKEN_FILE')
  @IsOptional()
  @IsString()
  readonly webIdentityTokenFile?: string;

  /** Where a container (ECS, EKS Pod Identity) asks for its identity. */
  @Env('AWS_CONTAINER_CREDENTIALS_FULL_URI')
  @IsOptional()
  @IsString()
  readonly containerCredentialsUri?: string;

  /** The same as a path, on ECS. */
  @Env('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI')
  @IsOptional()
  @IsString()
  readonly containerCredentialsPath?: string;

  /** Whether AWS is meant when no endpoint is set. */
  get isConfigured(): boolean {
    const { accessKeyId, profile, webIdentityTokenFile, containerCredentialsUri, containerCredentialsPath } = this;
    return [accessKeyId, profile, webIdentityTokenFile, containerCredentialsUri, containerCredentialsPath].some(
      (value) => value !== undefined,
    );
  }
}
