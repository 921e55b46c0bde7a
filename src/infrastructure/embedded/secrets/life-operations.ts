import type { AwsJsonInput, AwsJsonOperation } from '../aws/aws-json-endpoint.js';
import { AwsError } from '../aws/aws-error.js';
import { flag, integer, list, readFields, required, text } from '../aws/request-fields.js';
import { DEFAULT_RECOVERY_DAYS, MAX_PAGE, MAX_TAGS, MIN_RECOVERY_DAYS } from './limits.js';
import type { SecretCatalog } from './secret-catalog.js';
import { requireAlive, SECRET_ID, TAGS } from './secret-fields.js';
import { type SecretFilter, readFilters, matchesAll } from './secret-filters.js';
import type { SecretRecord } from './secret-record.js';
import { TAG_KEY } from './tag-fields.js';

const ONE = { SecretId: SECRET_ID };
const DELETE = { ...ONE, RecoveryWindowInDays: integer(0, 1000), ForceDeleteWithoutRecovery: flag() };
const LIST = {
  MaxResults: integer(1, MAX_PAGE),
  NextToken: text({ max: 4096 }),
  IncludePlannedDeletion: flag(),
  SortOrder: text({ oneOf: ['asc', 'desc'] }),
};
const VERSIONS = { ...ONE, IncludeDeprecated: flag() };
const TAG = { ...ONE, Tags: required(TAGS) };
const UNTAG = { ...ONE, TagKeys: required(list(TAG_KEY, 0, MAX_TAGS)) };
const DAY_MS = 86_400_000;

/** What secrets there are, and their coming and going. */
export class LifeOperations {
  constructor(private readonly catalog: SecretCatalog) {}

  operations(): [string, AwsJsonOperation][] {
    return [
      ['DescribeSecret', async (input) => this.describe(input)],
      ['ListSecrets', async (input) => this.list(input)],
      ['ListSecretVersionIds', async (input) => this.versions(input)],
      ['DeleteSecret', (input) => this.delete(input)],
      ['RestoreSecret', (input) => this.restore(input)],
      ['TagResource', (input) => this.tag(input)],
      ['UntagResource', (input) => this.untag(input)],
    ];
  }

  private describe(input: AwsJsonInput): object {
    const secret = this.catalog.get(readFields(input, ONE).SecretId);
    return { ...about(secret), VersionIdsToStages: stagesOf(secret) };
  }

  /** Pages go by name: the token is the last one, so that secrets made meanwhile shift nothing. */
  private list(input: AwsJsonInput): object {
    const {
      MaxResults = MAX_PAGE,
      NextToken,
      IncludePlannedDeletion = false,
      SortOrder = 'asc',
    } = readFields(input, LIST);
    const filters: readonly SecretFilter[] = readFilters(input);
    const ordered = SortOrder === 'asc' ? this.catalog.all() : this.catalog.all().reverse();
    const shown = ordered.filter(
      (secret) => (IncludePlannedDeletion || secret.deleted === undefined) && matchesAll(secret, filters),
    );
    const after = NextToken === undefined ? undefined : placeOf(NextToken);
    const rest = shown.filter(({ name }) => after === undefined || (SortOrder === 'asc' ? name > after : name < after));
    const page = rest.slice(0, MaxResults);
    const last = page.length < rest.length ? page.at(-1) : undefined;
    return {
      SecretList: page.map((secret) => ({ ...about(secret), SecretVersionsToStages: stagesOf(secret) })),
      ...(last && { NextToken: Buffer.from(last.name).toString('base64url') }),
    };
  }

  private versions(input: AwsJsonInput): object {
    const { SecretId, IncludeDeprecated = false } = readFields(input, VERSIONS);
    const { arn, name, versions } = this.catalog.get(SecretId);
    const shown = versions.filter(({ stages }) => IncludeDeprecated || stages.length > 0);
    const listed = shown.map(({ id, stages, createdAtMs }) => ({
      VersionId: id,
      VersionStages: stages,
      CreatedDate: createdAtMs / 1000,
    }));
    return { ARN: arn, Name: name, Versions: listed };
  }

  private async delete(input: AwsJsonInput): Promise<object> {
    const {
      SecretId,
      RecoveryWindowInDays: days,
      ForceDeleteWithoutRecovery: isForced = false,
    } = readFields(input, DELETE);
    checkWindow(days, isForced);
    const found = this.catalog.find(SecretId);
    // AWS answers this as a success, for those who make and take away the same secret again and again.
    if (found === undefined && isForced) return { Name: SecretId, DeletionDate: this.catalog.now() / 1000 };
    if (isForced) return this.deleteForGood(SecretId);
    const secret = await this.catalog.change((catalog) => {
      const record = requireAlive(catalog.get(SecretId));
      const atMs = catalog.now();
      const deleted = { atMs, forGoodAtMs: atMs + (days ?? DEFAULT_RECOVERY_DAYS) * DAY_MS };
      return { name: record.name, to: { ...record, deleted } };
    });
    return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deleted.forGoodAtMs / 1000 };
  }

  private async deleteForGood(id: string): Promise<object> {
    const { arn, name } = this.catalog.get(id);
    await this.catalog.change(() => ({ name, to: undefined }));
    return { ARN: arn, Name: name, DeletionDate: this.catalog.now() / 1000 };
  }

  private async restore(input: AwsJsonInput): Promise<object> {
    const { SecretId } = readFields(input, ONE);
    const { arn, name } = await this.catalog.change((catalog) => {
      const { deleted: _over, ...record } = catalog.get(SecretId);
      return { name: record.name, to: record };
    });
    return { ARN: arn, Name: name };
  }

  private async tag(input: AwsJsonInput): Promise<undefined> {
    const { SecretId, Tags } = readFields(input, TAG);
    await this.catalog.change((catalog) => {
      const record = requireAlive(catalog.get(SecretId));
      const tags = { ...record.tags, ...Tags };
      if (Object.keys(tags).length > MAX_TAGS) {
        throw new AwsError('LimitExceededException', `A secret can have at most ${MAX_TAGS} tags.`);
      }
      return { name: record.name, to: { ...record, tags } };
    });
  }

  private async untag(input: AwsJsonInput): Promise<undefined> {
    const { SecretId, TagKeys } = readFields(input, UNTAG);
    const gone = new Set(TagKeys);
    await this.catalog.change((catalog) => {
      const record = requireAlive(catalog.get(SecretId));
      const kept = Object.entries(record.tags).filter(([key]) => !gone.has(key));
      return { name: record.name, to: { ...record, tags: Object.fromEntries(kept) } };
    });
  }
}

function checkWindow(days: number | undefined, isForced: boolean): void {
  if (days !== undefined && isForced) {
    const message = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
    throw new AwsError('InvalidParameterException', message);
  }
  if (days !== undefined && (days < MIN_RECOVERY_DAYS || days > DEFAULT_RECOVERY_DAYS)) {
    const message = `The RecoveryWindowInDays value must be between ${MIN_RECOVERY_DAYS} and ${DEFAULT_RECOVERY_DAYS} days (inclusive).`;
    throw new AwsError('InvalidParameterException', message);
  }
}

function placeOf(token: string): string {
  const place = Buffer.from(token, 'base64url').toString('utf8');
  if (Buffer.from(place).toString('base64url') === token) return place;
  throw new AwsError('InvalidNextTokenException', 'The NextToken value is invalid.');
}

function about({ arn, name, description, kmsKeyId, tags, createdAtMs, changedAtMs, deleted }: SecretRecord): object {
  return {
    ARN: arn,
    Name: name,
    ...(description !== undefined && { Description: description }),
    ...(kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }),
    RotationEnabled: false,
    CreatedDate: createdAtMs / 1000,
    LastChangedDate: changedAtMs / 1000,
    ...(deleted && { DeletedDate: deleted.atMs / 1000 }),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

/** Versions that have no stage are deprecated, and not shown. */
function stagesOf({ versions }: SecretRecord): Record<string, readonly string[]> {
  return Object.fromEntries(versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]));
}
