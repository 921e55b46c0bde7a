import { randomUUID } from 'node:crypto';
import { AwsError } from '../aws/aws-error.js';
import type { AwsJsonInput, AwsJsonOperation } from '../aws/aws-json-endpoint.js';
import { list, readFields, required } from '../aws/request-fields.js';
import { MAX_STAGES } from './limits.js';
import type { SecretCatalog } from './secret-catalog.js';
import {
  DESCRIPTION,
  KMS_KEY,
  NAME,
  requireAlive,
  SECRET_ID,
  STAGE,
  TAGS,
  TOKEN,
  VALUE_FIELDS,
  valueOf,
  VERSION_ID,
} from './secret-fields.js';
import { CURRENT, type SecretRecord, type SecretVersion, versionAt, withStage, withVersion } from './secret-record.js';

const CREATE = {
  Name: NAME,
  ClientRequestToken: TOKEN,
  Description: DESCRIPTION,
  KmsKeyId: KMS_KEY,
  Tags: TAGS,
  ...VALUE_FIELDS,
};
const GET = { SecretId: SECRET_ID, VersionId: VERSION_ID, VersionStage: STAGE };
const PUT = {
  SecretId: SECRET_ID,
  ClientRequestToken: TOKEN,
  VersionStages: list(required(STAGE), 1, MAX_STAGES),
  ...VALUE_FIELDS,
};
const UPDATE = {
  SecretId: SECRET_ID,
  ClientRequestToken: TOKEN,
  Description: DESCRIPTION,
  KmsKeyId: KMS_KEY,
  ...VALUE_FIELDS,
};
const MOVE = {
  SecretId: SECRET_ID,
  VersionStage: required(STAGE),
  MoveToVersionId: VERSION_ID,
  RemoveFromVersionId: VERSION_ID,
};

/** Values of secrets and their versions. */
export class ValueOperations {
  constructor(private readonly catalog: SecretCatalog) {}

  operations(): [string, AwsJsonOperation][] {
    return [
      ['CreateSecret', (input) => this.create(input)],
      ['GetSecretValue', async (input) => this.get(input)],
      ['PutSecretValue', (input) => this.put(input)],
      ['UpdateSecret', (input) => this.update(input)],
      ['UpdateSecretVersionStage', (input) => this.move(input)],
    ];
  }

  private async create(input: AwsJsonInput): Promise<object> {
    const { Name: name, ClientRequestToken: id = randomUUID(), ...fields } = readFields(input, CREATE);
    const value = valueOf(fields);
    const secret = await this.catalog.change((catalog) => {
      const known = catalog.find(name);
      const atMs = catalog.now();
      const version = value && { id, value, stages: [CURRENT], atMs };
      if (known !== undefined) return { name, to: repeated(known, version) };
      const { Description: description, KmsKeyId: kmsKeyId, Tags: tags = {} } = fields;
      const about = { ...(description !== undefined && { description }), ...(kmsKeyId !== undefined && { kmsKeyId }) };
      const made = {
        name,
        arn: catalog.newArn(name),
        ...about,
        tags,
        versions: [],
        createdAtMs: atMs,
        changedAtMs: atMs,
      };
      return { name, to: version === undefined ? made : withVersion(made, version) };
    });
    return { ARN: secret.arn, Name: secret.name, ...(value && { VersionId: id }) };
  }

  private get(input: AwsJsonInput): object {
    const { SecretId, VersionId, VersionStage } = readFields(input, GET);
    const secret = requireAlive(this.catalog.get(SecretId));
    const stage = VersionStage ?? (VersionId === undefined ? CURRENT : undefined);
    const version = chosen(secret, VersionId, stage);
    const { id, value, stages, createdAtMs } = version;
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: id,
      ...('text' in value ? { SecretString: value.text } : { SecretBinary: value.bytes }),
      ...(stages.length > 0 && { VersionStages: stages }),
      CreatedDate: createdAtMs / 1000,
    };
  }

  private async put(input: AwsJsonInput): Promise<object> {
    const { SecretId, ClientRequestToken: id = randomUUID(), VersionStages, ...fields } = readFields(input, PUT);
    const value = valueOf(fields);
    if (value === undefined)
      throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
    const secret = await this.catalog.change((catalog) => {
      const record = requireAlive(catalog.get(SecretId));
      const to = withVersion(record, { id, value, stages: VersionStages ?? [CURRENT], atMs: catalog.now() });
      return { name: record.name, to };
    });
    const { stages = [] } = secret.versions.find((version) => version.id === id) ?? {};
    return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: stages };
  }

  private async update(input: AwsJsonInput): Promise<object> {
    const { SecretId, ClientRequestToken: id = randomUUID(), ...fields } = readFields(input, UPDATE);
    const value = valueOf(fields);
    const { Description: description, KmsKeyId: kmsKeyId } = fields;
    const secret = await this.catalog.change((catalog) => {
      const record = requireAlive(catalog.get(SecretId));
      const about = { ...(description !== undefined && { description }), ...(kmsKeyId !== undefined && { kmsKeyId }) };
      const described = { ...record, ...about, changedAtMs: catalog.now() };
      const version = value && { id, value, stages: [CURRENT], atMs: catalog.now() };
      return { name: record.name, to: version === undefined ? described : withVersion(described, version) };
    });
    return { ARN: secret.arn, Name: secret.name, ...(value && { VersionId: id }) };
  }

  private async move(input: AwsJsonInput): Promise<object> {
    const { SecretId, VersionStage: stage, MoveToVersionId: to, RemoveFromVersionId: from } = readFields(input, MOVE);
    const secret = await this.catalog.change((catalog) => {
      const record = requireAlive(catalog.get(SecretId));
      mayMove(record, { stage, to, from });
      return { name: record.name, to: { ...withStage(record, stage, to), changedAtMs: catalog.now() } };
    });
    return { ARN: secret.arn, Name: secret.name };
  }
}

/** The same request once more is answered as the first was. */
function repeated(known: SecretRecord, version: Parameters<typeof withVersion>[1] | undefined): SecretRecord {
  if (known.deleted !== undefined) {
    const message = "You can't create this secret because a secret with this name is already scheduled for deletion.";
    throw new AwsError('InvalidRequestException', message);
  }
  const isRepeated = version !== undefined && known.versions.some(({ id }) => id === version.id);
  if (isRepeated) return withVersion(known, version);
  throw new AwsError(
    'ResourceExistsException',
    `The operation failed because the secret ${known.name} already exists.`,
  );
}

function chosen(secret: SecretRecord, id: string | undefined, stage: string | undefined): SecretVersion {
  const found =
    id === undefined ? versionAt(secret, stage ?? CURRENT) : secret.versions.find((version) => version.id === id);
  if (found === undefined) {
    const what = id === undefined ? `staging label: ${stage}` : `VersionId: ${id}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${what}`,
    );
  }
  if (stage === undefined || found.stages.includes(stage)) return found;
  throw new AwsError(
    'InvalidRequestException',
    'You provided a VersionStage that is not associated to the provided VersionId.',
  );
}

function mayMove(
  secret: SecretRecord,
  { stage, to, from }: { stage: string; to: string | undefined; from: string | undefined },
): void {
  const holder = versionAt(secret, stage)?.id;
  const missing = [to, from].find((id) => id !== undefined && !secret.versions.some((version) => version.id === id));
  if (missing !== undefined) {
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret version: ${missing}`,
    );
  }
  if (stage === CURRENT && to === undefined) {
    throw new AwsError(
      'InvalidParameterException',
      `You can't remove ${CURRENT} without moving it to another version.`,
    );
  }
  if (holder !== undefined && holder !== from && holder !== to) {
    throw new AwsError(
      'InvalidParameterException',
      `The parameter RemoveFromVersionId must be the version with ${stage}.`,
    );
  }
}
