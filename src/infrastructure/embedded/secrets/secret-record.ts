import { AwsError } from '../aws/aws-error.js';
import { MAX_STAGES, MAX_VERSIONS } from './limits.js';

export const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';

/** A value: text, or bytes in base64. */
export type SecretValue = { readonly text: string } | { readonly bytes: string };

export interface SecretVersion {
  readonly id: string;
  readonly value: SecretValue;
  readonly stages: readonly string[];
  readonly createdAtMs: number;
}

export interface SecretRecord {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly versions: readonly SecretVersion[];
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** When it was marked for deletion, and when it goes for good. */
  readonly deleted?: { readonly atMs: number; readonly forGoodAtMs: number };
}

export const versionAt = ({ versions }: SecretRecord, stage: string): SecretVersion | undefined =>
  versions.find(({ stages }) => stages.includes(stage));

export interface NewVersion {
  /** The client's token, which is what makes a repetition one. */
  readonly id: string;
  readonly value: SecretValue;
  readonly stages: readonly string[];
  readonly atMs: number;
}

/**
 * The secret with a further version, whose stages the others lose; the one that was current is the previous one from then
 * on. A version that is there already, with the same value, changes nothing.
 *
 * @throws AwsError `ResourceExistsException` when it has another value
 */
export function withVersion(secret: SecretRecord, { id, value, stages, atMs }: NewVersion): SecretRecord {
  const known = secret.versions.find((version) => version.id === id);
  if (known !== undefined) {
    if (isSame(known.value, value)) return secret;
    const message = `You can't create a version with the ID ${id}: there is one with another value.`;
    throw new AwsError('ResourceExistsException', message);
  }
  const versions = [...secret.versions, { id, value, stages: [], createdAtMs: atMs }];
  const grown: SecretRecord = { ...secret, versions, changedAtMs: atMs };
  return pruned(stages.reduce((record, stage) => withStage(record, stage, id), grown));
}

/** The secret with a stage at this version and no other; at none where no version is given. */
export function withStage(secret: SecretRecord, stage: string, versionId?: string): SecretRecord {
  const former = versionAt(secret, stage)?.id;
  const isHandedOver = stage === CURRENT && former !== undefined && former !== versionId;
  const moved = secret.versions.map((version) => {
    const kept = version.stages.filter((each) => each !== stage && !(isHandedOver && each === PREVIOUS));
    const gained = [
      ...(version.id === versionId ? [stage] : []),
      ...(isHandedOver && version.id === former ? [PREVIOUS] : []),
    ];
    return { ...version, stages: [...kept, ...gained] };
  });
  if (moved.some(({ stages }) => stages.length > MAX_STAGES)) {
    throw new AwsError('LimitExceededException', `A version can have at most ${MAX_STAGES} staging labels.`);
  }
  return { ...secret, versions: moved };
}

function pruned(secret: SecretRecord): SecretRecord {
  const surplus = secret.versions.length - MAX_VERSIONS;
  if (surplus <= 0) return secret;
  const gone = new Set(
    secret.versions
      .filter(({ stages }) => stages.length === 0)
      .slice(0, surplus)
      .map(({ id }) => id),
  );
  return { ...secret, versions: secret.versions.filter(({ id }) => !gone.has(id)) };
}

function isSame(a: SecretValue, b: SecretValue): boolean {
  return 'text' in a ? 'text' in b && a.text === b.text : 'bytes' in b && a.bytes === b.bytes;
}
