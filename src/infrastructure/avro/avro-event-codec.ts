import { parseAvroSchema } from '../../domain/event-pipelines/avro/parse-avro-schema.js';
import { PenstockError } from '../../domain/errors.js';
import type { EventCodec, EventEncoder, RecordDecoder } from '../../domain/ports/event-codec.port.js';
import type { SchemaRegistry } from '../../domain/ports/schema-registry.port.js';
import { BoundedCache } from '../../domain/shared/bounded-cache.js';
import { AvroEncoder } from './avro-encoder.js';
import { AvroRecordDecoder } from './avro-record-decoder.js';

/** Compiled schemas that are kept for whoever asks for the same encoder again. */
const MAX_ENCODERS = 500;

/** Events are encoded by avsc, and decoded straight into JSON, without objects in between: see decision 40. */
export class AvroEventCodec implements EventCodec {
  private readonly encoders = new BoundedCache<string, EventEncoder>(MAX_ENCODERS);

  constructor(private readonly registry: SchemaRegistry) {}

  encoder(schema: string, schemaId: number): EventEncoder {
    const key = `${schemaId} ${schema}`;
    const known = this.encoders.get(key);
    if (known !== undefined) return known;
    const made = new AvroEncoder(schema, schemaId);
    this.encoders.set(key, made);
    return made;
  }

  decoder(readerSchema: string): RecordDecoder {
    const reader = parseAvroSchema(readerSchema);
    if (reader.root.kind !== 'record') {
      throw new PenstockError('schema.invalid', 'The schema of events has to be one of a record.');
    }
    return new AvroRecordDecoder(reader, this.registry);
  }
}
