import type { Deleted, VersionId } from '../event-pipelines/version-id.js';
import type { SchemaReference, SchemaVersion } from './schema-registry.port.js';

export interface LookedUpSchema {
  readonly schema: string;
  readonly references: readonly SchemaReference[];
  readonly normalize: boolean;
}

/**
 * The subjects of the registry inside the service. What is deleted softly is not answered and not compared with any more,
 * but can still be read by id; what is deleted for good is gone, though its ids are not given again.
 *
 * @throws PenstockError `database.unreachable`
 */
export abstract class RegistrySubjects {
  /** Names, in order. */
  abstract list(prefix: string, deleted: Deleted): Promise<string[]>;

  /** Numbers, in order. @throws `subject.unknown` */
  abstract versions(subject: string, deleted: Deleted): Promise<number[]>;

  /** @throws `subject.unknown`, `schema-version.unknown` */
  abstract version(subject: string, version: VersionId, deleted: Deleted): Promise<SchemaVersion>;

  /** The version of the subject with this schema. @throws `subject.unknown`, `schema.unknown`, `schema.invalid` */
  abstract lookUp(subject: string, schema: LookedUpSchema, deleted: Deleted): Promise<SchemaVersion>;

  /**
   * Deletes one version softly or, where it is so already, for good.
   *
   * @throws `subject.unknown`, `schema-version.unknown`, `schema-version.deleted`, `schema-version.not-deleted`,
   *   `schema.in-use`, `registry.read-only`
   */
  abstract removeVersion(subject: string, version: VersionId, permanent: boolean): Promise<number>;

  /**
   * Deletes all versions softly or, where all are so already, for good; and the rules of the subject.
   *
   * @returns the versions that were deleted
   * @throws `subject.unknown`, `subject.deleted`, `subject.not-deleted`, `schema.in-use`, `registry.read-only`
   */
  abstract removeSubject(subject: string, permanent: boolean): Promise<number[]>;
}
