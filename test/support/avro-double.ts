import { createRequire } from 'node:module';
import type { Type } from 'avsc';
import type { EventCodec, EventEncoder } from '../../src/domain/ports/event-codec.port.js';
import type { RegisteredSchema, SchemaRegistry, SchemaVersion } from '../../src/domain/ports/schema-registry.port.js';

const avsc = createRequire(import.meta.url)('avsc') as typeof import('avsc');

/** Schemas in memory, by subject; as simple as a producer needs. */
export class MemoryRegistry implements SchemaRegistry {
  readonly registered: SchemaVersion[] = [];

  async register(subject: string, schema: string): Promise<SchemaVersion> {
    const known = this.registered.find((each) => each.subject === subject && each.schema === schema);
    if (known !== undefined) return known;
    const id = this.registered.length + 1;
    const made = { id, guid: String(id), schema, references: [], subject, version: 1 };
    this.registered.push(made);
    return made;
  }

  async byId(id: number): Promise<RegisteredSchema | undefined> {
    return this.registered.find((each) => each.id === id);
  }

  async byGuid(guid: string): Promise<RegisteredSchema | undefined> {
    return this.registered.find((each) => each.guid === guid);
  }

  async latest(subject: string): Promise<SchemaVersion | undefined> {
    return this.registered.findLast((each) => each.subject === subject);
  }

  async check(): Promise<{ isCompatible: boolean; messages: string[] }> {
    return { isCompatible: true, messages: [] };
  }
}

/** Encodes by avsc alone. */
export class PlainCodec implements Pick<EventCodec, 'encoder'> {
  encoder(schema: string, schemaId: number): EventEncoder {
    const type = typeOf(schema);
    return {
      encode: (event) => {
        const prefix = Buffer.alloc(5);
        prefix.writeUInt32BE(schemaId, 1);
        return Buffer.concat([prefix, type.toBuffer(event)]);
      },
    };
  }
}

export const typeOf = (schema: string): Type =>
  avsc.Type.forSchema(JSON.parse(schema) as Parameters<typeof avsc.Type.forSchema>[0]);
