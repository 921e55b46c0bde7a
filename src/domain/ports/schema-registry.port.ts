/** Another schema that a schema names types of. */
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

export interface RegisteredSchema {
  /** Positive, of 32 bits; the same for the same schema under any subject. */
  readonly id: number;
  /** A UUID, which the header form of the wire format carries; empty where an external registry has none. */
  readonly guid: string;
  /** As it was registered: JSON text of an Avro schema. */
  readonly schema: string;
  readonly references: readonly SchemaReference[];
}

export interface SchemaVersion extends RegisteredSchema {
  readonly subject: string;
  readonly version: number;
}

export interface RegisterOptions {
  /** Whether schemas that differ only in the order of what has no meaning are the same. */
  readonly normalize?: boolean;
  /** Given where the registry, or the subject, is in mode IMPORT, and only there. */
  readonly id?: number;
  /** The number the new version is to have: the next one, but for mode IMPORT. */
  readonly version?: number;
}

/** What the new version of a schema is held against; `messages` is empty where it is compatible. */
export interface CompatibilityVerdict {
  readonly isCompatible: boolean;
  readonly messages: readonly string[];
}

/**
 * Where the schemas of streams are kept: the registry inside the service, or an external one that speaks Confluent's HTTP
 * API. Every adapter passes test/contracts/schema-registry.contract.ts.
 *
 * @throws PenstockError `registry.unreachable`, `registry.refused`; by the registry inside the service `database.unreachable`,
 *   `database.busy`
 */
export abstract class SchemaRegistry {
  /**
   * A new version of the subject, or the one it has already with this schema.
   *
   * @throws `schema.incompatible`, `schema.invalid`, `subject.invalid`, `registry.read-only`
   */
  abstract register(
    subject: string,
    schema: string,
    references?: readonly SchemaReference[],
    options?: RegisterOptions,
  ): Promise<SchemaVersion>;

  /** Undefined: no such id. What is found never changes. */
  abstract byId(id: number): Promise<RegisteredSchema | undefined>;

  /** Undefined: no such GUID. */
  abstract byGuid(guid: string): Promise<RegisteredSchema | undefined>;

  /** A version of a subject, also where it is deleted softly. Undefined: there is none. */
  abstract version(subject: string, version: number): Promise<SchemaVersion | undefined>;

  /** Undefined: the subject is unknown, or all its versions are deleted. */
  abstract latest(subject: string): Promise<SchemaVersion | undefined>;

  /**
   * Against the subject's versions, by its compatibility level; any schema is compatible with an unknown subject.
   *
   * @param version against this one alone
   * @throws `schema.invalid`, `schema-version.unknown`
   */
  abstract check(
    subject: string,
    schema: string,
    references?: readonly SchemaReference[],
    version?: number,
  ): Promise<CompatibilityVerdict>;
}
