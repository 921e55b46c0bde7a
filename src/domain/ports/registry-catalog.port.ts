import type { Deleted, VersionId } from '../event-pipelines/version-id.js';
import type { RegisteredSchema, SchemaVersion } from './schema-registry.port.js';

/** One place where a schema is used. */
export interface SchemaUse {
  readonly subject: string;
  readonly version: number;
}

export interface SchemaPage {
  readonly prefix: string;
  readonly deleted: Deleted;
  readonly latestOnly: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** The schemas of the registry inside the service, as they are now. @throws PenstockError `database.unreachable` */
export abstract class RegistryCatalog {
  /** @param key its id, or its GUID @throws `schema.unknown` */
  abstract schema(key: number | string): Promise<RegisteredSchema>;

  /** In the order of subjects. @throws `schema.unknown` */
  abstract usesOf(id: number, deleted: Deleted): Promise<SchemaUse[]>;

  /** Ids of schemas that refer to the version, in order. @throws `subject.unknown`, `schema-version.unknown` */
  abstract referrers(subject: string, version: VersionId): Promise<number[]>;

  /** In the order of subjects and versions. */
  abstract page(page: SchemaPage): Promise<SchemaVersion[]>;
}
