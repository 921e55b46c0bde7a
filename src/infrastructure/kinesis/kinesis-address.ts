import type { AwsSettings } from '../config/aws.settings.js';
import type { KinesisSettings } from '../config/kinesis.settings.js';
import type { EmbeddedEngines } from '../embedded/engines.js';
import type { KinesisAddress } from './kinesis-clients.js';

/** The endpoint of the settings, AWS where only an identity is set, the embedded engine where neither is. */
export function kinesisAddress(
  { endpointUrl }: KinesisSettings,
  aws: AwsSettings,
  engines: EmbeddedEngines,
): KinesisAddress {
  if (endpointUrl === undefined && !aws.hasIdentity) return () => engines.endpoint('kinesis');
  const target = {
    ...aws.keys,
    ...(endpointUrl === undefined ? {} : { url: endpointUrl }),
    ...(aws.region === undefined ? {} : { region: aws.region }),
  };
  return async () => target;
}
