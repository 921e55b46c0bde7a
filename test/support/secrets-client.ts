import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { EngineEndpoint } from '../../src/infrastructure/embedded/engines.js';

/** A foreign client of Secrets Manager. */
export function secretsClient({ url, region, accessKeyId, secretAccessKey }: EngineEndpoint): SecretsManagerClient {
  const credentials = { accessKeyId: accessKeyId ?? '', secretAccessKey: secretAccessKey ?? '' };
  return new SecretsManagerClient({ endpoint: url, region: region ?? '', credentials, maxAttempts: 1 });
}
