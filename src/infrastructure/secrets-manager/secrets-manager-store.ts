import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PenstockError } from '../../domain/errors.js';
import type { Secret, SecretStore } from '../../domain/ports/secret-store.port.js';
import type { EngineEndpoint } from '../embedded/engines.js';
import { translateFailure } from './secrets-manager-errors.js';

/** Where Secrets Manager is, and the keys of the service; without keys, the SDK's own chain finds them. */
export interface SecretsManagerTarget extends Omit<EngineEndpoint, 'url'> {
  /** Unset: AWS. */
  readonly url?: string;
  readonly sessionToken?: string;
}

/** Asked for every use: an embedded engine starts on first use and may move. */
export type SecretsManagerAddress = () => Promise<SecretsManagerTarget>;

export interface SecretsManagerOptions {
  readonly requestTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 3000;
const MAX_ATTEMPTS = 3;
/** What endpoints other than AWS are signed for when nobody says otherwise. */
const DEFAULT_REGION = 'us-east-1';

/** Secrets of AWS Secrets Manager; the SDK is loaded with the first of them. */
export class SecretsManagerStore implements SecretStore {
  private current: { readonly url: string | undefined; readonly client: Promise<SecretsManagerClient> } | undefined;

  constructor(
    private readonly address: SecretsManagerAddress,
    private readonly options: SecretsManagerOptions,
  ) {}

  async read(id: string): Promise<Secret> {
    const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
    try {
      const client = await this.client();
      const { SecretString: value, VersionId: version = '' } = await client.send(
        new GetSecretValueCommand({ SecretId: id }),
      );
      if (value !== undefined) return { value, version };
    } catch (cause) {
      throw translateFailure(cause, id);
    }
    throw new PenstockError('secret.invalid', `The secret "${id}" is no text.`);
  }

  async close(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    (await current?.client)?.destroy();
  }

  private async client(): Promise<SecretsManagerClient> {
    const target = await this.address();
    if (this.current === undefined || this.current.url !== target.url) {
      const former = this.current;
      this.current = { url: target.url, client: this.open(target) };
      (await former?.client)?.destroy();
    }
    return this.current.client;
  }

  private async open(target: SecretsManagerTarget): Promise<SecretsManagerClient> {
    const [sdk, http] = await Promise.all([
      import('@aws-sdk/client-secrets-manager'),
      import('@smithy/node-http-handler'),
    ]);
    const { url, region = url === undefined ? undefined : DEFAULT_REGION } = target;
    return new sdk.SecretsManagerClient({
      ...(url === undefined ? {} : { endpoint: url }),
      ...(region === undefined ? {} : { region }),
      ...credentialsOf(target),
      maxAttempts: MAX_ATTEMPTS,
      requestHandler: new http.NodeHttpHandler({
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: this.options.requestTimeoutMs,
        throwOnRequestTimeout: true,
      }),
    });
  }
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: SecretsManagerTarget) {
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  const token = sessionToken === undefined ? {} : { sessionToken };
  return { credentials: { accessKeyId, secretAccessKey, ...token } };
}
