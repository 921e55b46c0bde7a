import { type Fault, PenstockError } from '../../domain/errors.js';
import { isLoopback } from '../../domain/shared/loopback.js';
import { AccessSettings } from './access.settings.js';
import { AppmetricaSettings } from './appmetrica.settings.js';
import { AmplitudeSettings } from './amplitude.settings.js';
import { AwsSettings } from './aws.settings.js';
import { ClickhouseSettings } from './clickhouse.settings.js';
import { CopySettings } from './copy.settings.js';
import { DomainSettings } from './domain.settings.js';
import { DynamodbSettings } from './dynamodb.settings.js';
import { FollowSettings } from './follow.settings.js';
import { type Environment, readSettings, readVariable, type SettingsSection } from './env.js';
import { EventSettings } from './event.settings.js';
import { GuardedSqlSettings } from './guarded-sql.settings.js';
import { HomeSettings } from './home.settings.js';
import { JobSettings } from './job.settings.js';
import { KafkaSettings } from './kafka.settings.js';
import { KinesisSettings } from './kinesis.settings.js';
import { LoadSettings } from './load.settings.js';
import { LoggingSettings } from './logging.settings.js';
import { MigrationSettings } from './migration.settings.js';
import { OnboardingSettings } from './onboarding.settings.js';
import { PostgresSettings } from './postgres.settings.js';
import { ReportSettings } from './report.settings.js';
import { S3Settings } from './s3.settings.js';
import { SchemaRegistrySettings } from './schema-registry.settings.js';
import { WorkflowSettings } from './workflow.settings.js';
import { SecretsManagerSettings } from './secrets-manager.settings.js';
import { RunLogSettings } from './run-log.settings.js';
import { ServiceSettings } from './service.settings.js';

/** Every settings class, in the order of docs/settings.md. A class that is not listed here is never read. */
export const SETTINGS_SECTIONS = [
  ServiceSettings,
  LoggingSettings,
  AccessSettings,
  HomeSettings,
  PostgresSettings,
  LoadSettings,
  ClickhouseSettings,
  AwsSettings,
  KinesisSettings,
  KafkaSettings,
  DynamodbSettings,
  SecretsManagerSettings,
  S3Settings,
  MigrationSettings,
  OnboardingSettings,
  CopySettings,
  EventSettings,
  GuardedSqlSettings,
  JobSettings,
  ReportSettings,
  RunLogSettings,
  WorkflowSettings,
  AppmetricaSettings,
  AmplitudeSettings,
  FollowSettings,
  DomainSettings,
  SchemaRegistrySettings,
] as const satisfies readonly SettingsSection[];

/** All settings, read and checked once, before anything starts. */
export class Settings {
  constructor(
    private readonly sections: ReadonlyMap<SettingsSection, object>,
    private readonly environment: Environment,
  ) {}

  get<T extends object>(section: new () => T): T {
    const settings = this.sections.get(section);
    if (settings === undefined) throw new Error(`${section.name} is not listed in SETTINGS_SECTIONS.`);
    return settings as T; // the map is filled by class, see readAll
  }

  /**
   * A variable that is no setting, but a secret that a configuration refers to; may be given as `<variable>_FILE` too.
   *
   * @throws PenstockError `secret.refused`: its file cannot be read
   */
  secret(variable: string): string | undefined {
    const faults: Fault[] = [];
    const value = readVariable({ variable, secret: true }, this.environment, faults);
    if (faults.length === 0) return value;
    throw new PenstockError('secret.refused', `${variable}_FILE names a file that cannot be read.`);
  }

  entries(): readonly (readonly [SettingsSection, object])[] {
    return [...this.sections];
  }
}

/** @throws PenstockError `settings.invalid` with every fault of every section, and of those that contradict one another */
export function readAll(env: Environment): Settings {
  const faults = contradictions(env);
  try {
    const values = readSettings(SETTINGS_SECTIONS, env);
    if (faults.length === 0)
      return new Settings(new Map(SETTINGS_SECTIONS.map((section, i) => [section, values[i] as object])), env);
  } catch (error) {
    if (!(error instanceof PenstockError)) throw error;
    faults.unshift(...error.faults);
  }
  throw new PenstockError('settings.invalid', 'The settings are not valid.', { faults });
}

/** Looks at the raw variables, so that these faults are told along with those of sections that cannot be read. */
function contradictions(env: Environment): Fault[] {
  return [...openHost(env), ...halfAnObjectStore(env), ...halfAKafka(env)];
}

function openHost(env: Environment): Fault[] {
  const host = env['HOST'];
  if (!host || env['API_KEYS_FILE'] || isLoopback(host)) return [];
  return [{ path: 'HOST', message: 'lets other machines in, which needs API_KEYS_FILE' }];
}

/** A store of one's own, and only a part of what it takes to use it. */
function halfAnObjectStore(env: Environment): Fault[] {
  const isSet = (variable: string): boolean => Boolean(env[variable] || env[`${variable}_FILE`]);
  const [hasId, hasSecret] = [isSet('S3_ACCESS_KEY_ID'), isSet('S3_SECRET_ACCESS_KEY')];
  const faults: Fault[] = [];
  if (hasId && !hasSecret) faults.push({ path: 'S3_SECRET_ACCESS_KEY', message: 'is missing beside S3_ACCESS_KEY_ID' });
  if (hasSecret && !hasId) faults.push({ path: 'S3_ACCESS_KEY_ID', message: 'is missing beside S3_SECRET_ACCESS_KEY' });
  if (!isSet('S3_BUCKET_NAME') && (hasId || isSet('S3_ENDPOINT_URL'))) {
    faults.push({ path: 'S3_BUCKET_NAME', message: 'is missing: only the embedded engine has a bucket by itself' });
  }
  return faults;
}

/** A user whose name or password is missing, a certificate without its key, or either where brokers are not to see it. */
function halfAKafka(env: Environment): Fault[] {
  const isSet = (variable: string): boolean => Boolean(env[variable] || env[`${variable}_FILE`]);
  const protocol = env['KAFKA_SECURITY_PROTOCOL'] ?? '';
  const faults: Fault[] = [];
  const missing = (path: string, message: string): void => {
    if (!isSet(path)) faults.push({ path, message });
  };
  if (protocol.startsWith('SASL')) {
    for (const path of ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD']) missing(path, `is missing for ${protocol}`);
  }
  if (isSet('KAFKA_SSL_CERT_FILE')) missing('KAFKA_SSL_KEY_FILE', 'is missing beside KAFKA_SSL_CERT_FILE');
  if (isSet('KAFKA_SSL_KEY_FILE')) missing('KAFKA_SSL_CERT_FILE', 'is missing beside KAFKA_SSL_KEY_FILE');
  if (isSet('KAFKA_SASL_USERNAME') && !protocol.startsWith('SASL')) {
    faults.push({ path: 'KAFKA_SECURITY_PROTOCOL', message: 'must be SASL_SSL or SASL_PLAINTEXT for a user' });
  }
  return faults;
}
