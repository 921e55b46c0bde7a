import type { SecretStore } from '../domain/ports/secret-store.port.js';
import type { AwsSettings } from './config/aws.settings.js';
import type { DynamodbSettings } from './config/dynamodb.settings.js';
import type { PostgresSettings } from './config/postgres.settings.js';
import type { RunLogSettings } from './config/run-log.settings.js';
import { dynamodbAddress } from './dynamodb/dynamodb-address.js';
import type { DynamodbAddress } from './dynamodb/dynamodb-connection.js';
import type { EmbeddedEngines } from './embedded/engines.js';
import { postgresAddress } from './postgres/configured-address.js';
import { type PostgresAddress, postgresUrl } from './postgres/postgres-address.js';

interface Surroundings {
  readonly postgres: PostgresAddress;
  readonly dynamodb: DynamodbAddress;
  readonly runLogTable: string;
}

/** Where the functions of the embedded runner find the database and the table of logs: where the service does. */
export class WorkflowAddresses {
  constructor(private readonly surroundings: Surroundings) {}

  async environment(): Promise<Record<string, string>> {
    const [postgres, dynamodb] = await Promise.all([this.surroundings.postgres(), this.surroundings.dynamodb()]);
    const given: Readonly<Record<string, string | undefined>> = {
      DWH_DATABASE_URL: postgresUrl(postgres),
      RUN_LOG_TABLE: this.surroundings.runLogTable,
      DYNAMODB_ENDPOINT_URL: dynamodb.url,
      AWS_REGION: dynamodb.region,
      AWS_ACCESS_KEY_ID: dynamodb.accessKeyId,
      AWS_SECRET_ACCESS_KEY: dynamodb.secretAccessKey,
      AWS_SESSION_TOKEN: dynamodb.sessionToken,
    };
    const known = Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    return Object.fromEntries(known);
  }
}

interface Settings {
  readonly postgres: PostgresSettings;
  readonly dynamodb: DynamodbSettings;
  readonly runLog: RunLogSettings;
  readonly aws: AwsSettings;
  readonly engines: EmbeddedEngines;
  readonly secrets: SecretStore;
}

export function surroundingsOf({ postgres, dynamodb, runLog, aws, engines, secrets }: Settings): Surroundings {
  return {
    postgres: postgresAddress(postgres, engines, secrets),
    dynamodb: dynamodbAddress(dynamodb, aws, engines),
    runLogTable: runLog.table,
  };
}
