import type { AwsSettings } from '../config/aws.settings.js';
import type { DynamodbSettings } from '../config/dynamodb.settings.js';
import type { EmbeddedEngines } from '../embedded/engines.js';
import type { DynamodbAddress } from './dynamodb-connection.js';

/** The endpoint of the settings, AWS where only an identity is set, the embedded engine where neither is. */
export function dynamodbAddress(
  { endpointUrl }: DynamodbSettings,
  aws: AwsSettings,
  engines: EmbeddedEngines,
): DynamodbAddress {
  if (endpointUrl === undefined && !aws.hasIdentity) return () => engines.endpoint('dynamodb');
  const target = {
    ...aws.keys,
    ...(endpointUrl === undefined ? {} : { url: endpointUrl }),
    ...(aws.region === undefined ? {} : { region: aws.region }),
  };
  return async () => target;
}
