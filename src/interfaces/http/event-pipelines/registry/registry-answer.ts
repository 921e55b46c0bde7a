interface RegisteredSchema {
  readonly id: number;
  readonly guid: string;
  readonly schema: string;
  readonly references: readonly object[];
}

interface SchemaVersion extends RegisteredSchema {
  readonly subject: string;
  readonly version: number;
}

/** As Confluent's registry writes a schema: references only where there are some, and no type for Avro. */
export function schemaAnswer({ id, guid, schema, references }: RegisteredSchema): object {
  return { id, guid, ...(references.length > 0 && { references }), schema };
}

export function versionAnswer(version: SchemaVersion): object {
  return { subject: version.subject, version: version.version, ...schemaAnswer(version) };
}
