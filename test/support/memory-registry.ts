import { schemaGuid } from '../../src/domain/event-pipelines/avro/schema-guid.js';
import type {
  CompatibilityVerdict,
  RegisteredSchema,
  SchemaReference,
  SchemaRegistry,
  SchemaVersion,
} from '../../src/domain/ports/schema-registry.port.js';

/** Where tests of codecs find schemas; it checks nothing. */
export class MemoryRegistry implements SchemaRegistry {
  readonly asked: (number | string)[] = [];
  private readonly versions: SchemaVersion[] = [];

  async register(subject: string, schema: string, references: readonly SchemaReference[] = []): Promise<SchemaVersion> {
    const version = this.versions.filter((each) => each.subject === subject).length + 1;
    const id = this.versions.length + 1;
    const made = { subject, version, id, guid: schemaGuid(schema, references), schema, references };
    this.versions.push(made);
    return made;
  }

  async byId(id: number): Promise<RegisteredSchema | undefined> {
    this.asked.push(id);
    return this.versions.find((each) => each.id === id);
  }

  async byGuid(guid: string): Promise<RegisteredSchema | undefined> {
    this.asked.push(guid);
    return this.versions.find((each) => each.guid === guid);
  }

  async version(subject: string, version: number): Promise<SchemaVersion | undefined> {
    return this.versions.find((each) => each.subject === subject && each.version === version);
  }

  async latest(subject: string): Promise<SchemaVersion | undefined> {
    return this.versions.findLast((each) => each.subject === subject);
  }

  async check(): Promise<CompatibilityVerdict> {
    return { isCompatible: true, messages: [] };
  }
}
