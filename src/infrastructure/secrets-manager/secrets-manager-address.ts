import type { AwsSettings } from '../config/aws.settings.js';
import type { SecretsManagerSettings } from '../config/secrets-manager.settings.js';
import type { EmbeddedEngines } from '../embedded/engines.js';
import type { SecretsManagerAddress } from './secrets-manager-store.js';

/** The endpoint of the settings, AWS where only an identity is set, the embedded engine where neither is. */
export function secretsManagerAddress(
  { endpointUrl }: SecretsManagerSettings,
  aws: AwsSettings,
  engines: EmbeddedEngines,
): SecretsManagerAddress {
  if (endpointUrl === undefined && !aws.hasIdentity) return () => engines.endpoint('secrets');
  const target = {
    ...aws.keys,
    ...(endpointUrl === undefined ? {} : { url: endpointUrl }),
    ...(aws.region === undefined ? {} : { region: aws.region }),
  };
  return async () => target;
}
