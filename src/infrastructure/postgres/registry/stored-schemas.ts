import type { AvroSchema } from '../../../domain/event-pipelines/avro/avro-node.js';
import { parseAvroSchema } from '../../../domain/event-pipelines/avro/parse-avro-schema.js';
import { referencedSchemas } from '../../../domain/event-pipelines/avro/referenced-schemas.js';
import { schemaGuid } from '../../../domain/event-pipelines/avro/schema-guid.js';
import { schemaText } from '../../../domain/event-pipelines/avro/schema-text.js';
import type { RegisteredSchema, SchemaReference } from '../../../domain/ports/schema-registry.port.js';
import { BoundedCache } from '../../../domain/shared/bounded-cache.js';
import { type Statements, versionBy } from './registry-rows.js';

/** Schemas that are kept as they were read. */
const MAX_READ = 200;

/** A schema that somebody brings: read, and known by what it says. */
export interface GivenSchema {
  readonly avro: AvroSchema;
  readonly text: string;
  readonly guid: string;
  readonly references: readonly SchemaReference[];
}

/** Schemas as text and as what they mean. */
export class StoredSchemas {
  private readonly read = new BoundedCache<number, AvroSchema>(MAX_READ);

  /** @throws PenstockError `schema.invalid` */
  async given(
    statements: Statements,
    { schema, references }: { readonly schema: string; readonly references: readonly SchemaReference[] },
    normalize: boolean,
  ): Promise<GivenSchema> {
    const find = (reference: SchemaReference) => versionBy(statements, reference.subject, reference.version, 'without');
    const avro = parseAvroSchema(schema, await referencedSchemas(references, find));
    const text = schemaText(avro, normalize);
    return { avro, text, guid: schemaGuid(text, references), references };
  }

  async avroOf(statements: Statements, { id, schema, references }: RegisteredSchema): Promise<AvroSchema> {
    const known = this.read.get(id);
    if (known !== undefined) return known;
    const find = (reference: SchemaReference) => versionBy(statements, reference.subject, reference.version, 'with');
    const avro = parseAvroSchema(schema, await referencedSchemas(references, find));
    this.read.set(id, avro);
    return avro;
  }
}
