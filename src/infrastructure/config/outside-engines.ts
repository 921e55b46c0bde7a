import type { Fault } from '../../domain/errors.js';
import { AwsSettings } from './aws.settings.js';
import { ClickhouseSettings } from './clickhouse.settings.js';
import { DynamodbSettings } from './dynamodb.settings.js';
import { KafkaSettings } from './kafka.settings.js';
import { KinesisSettings } from './kinesis.settings.js';
import { PostgresSettings } from './postgres.settings.js';
import { S3Settings } from './s3.settings.js';
import { WorkflowSettings } from './workflow.settings.js';
import { SecretsManagerSettings } from './secrets-manager.settings.js';
import type { Settings } from './settings.js';

/** Faults for the variables with which the service would work on engines that are not embedded. */
export function outsideEngines(settings: Settings): Fault[] {
  const clickhouse = settings.get(ClickhouseSettings);
  const postgres = settings.get(PostgresSettings);
  const aws = settings.get(AwsSettings);
  const s3 = settings.get(S3Settings);
  const variables: Readonly<Record<string, string | undefined>> = {
    DWH_DATABASE_URL: postgres.url,
    DWH_DATABASE_SECRET_ID: postgres.secretId,
    SECRETS_MANAGER_ENDPOINT_URL: settings.get(SecretsManagerSettings).endpointUrl,
    CLUE_DB_HOST: postgres.host,
    CLICKHOUSE_URL: clickhouse.url,
    CLICKHOUSE_CLUSTER: clickhouse.cluster,
    KAFKA_BOOTSTRAP_SERVERS: settings.get(KafkaSettings).bootstrapServers,
    KINESIS_ENDPOINT_URL: settings.get(KinesisSettings).endpointUrl,
    DYNAMODB_ENDPOINT_URL: settings.get(DynamodbSettings).endpointUrl,
    LAMBDA_ENDPOINT_URL: settings.get(WorkflowSettings).endpointUrl,
    S3_ENDPOINT_URL: s3.endpointUrl,
    S3_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_ACCESS_KEY_ID: aws.accessKeyId,
    AWS_PROFILE: aws.profile,
    AWS_WEB_IDENTITY_TOKEN_FILE: aws.webIdentityTokenFile,
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: aws.containerCredentialsPath,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: aws.containerCredentialsUrl,
  };
  const set = Object.entries(variables).filter(([, value]) => value !== undefined);
  return set.map(([path]) => ({ path, message: 'names something that is not embedded' }));
}
