import type { types } from 'avsc';
import type { EventValues } from '../../domain/event-pipelines/avro-schema.js';
import { parseAvroSchema } from '../../domain/event-pipelines/avro/parse-avro-schema.js';
import { type Fault, PenstockError } from '../../domain/errors.js';
import type { EventEncoder } from '../../domain/ports/event-codec.port.js';
import { avroType } from './avro-type.js';
import { PREFIX_BYTES, writePrefix } from './wire-format.js';

const FIRST_BYTES = 65_536;
/** Largest event: more than any stream takes. */
const MAX_EVENT_BYTES = 67_108_864;
const MAX_FAULTS = 100;

/** Of all encoders: nothing of it outlives one call. */
let buffer = Buffer.allocUnsafe(FIRST_BYTES);

export class AvroEncoder implements EventEncoder {
  private readonly type: types.RecordType;
  private readonly declared: ReadonlySet<string>;

  /** @throws PenstockError `schema.invalid` */
  constructor(
    schema: string,
    private readonly schemaId: number,
  ) {
    parseAvroSchema(schema); // whose words on what is wrong are better
    this.type = avroType(schema);
    this.declared = new Set(this.type.fields.map(({ name }) => name));
  }

  encode(event: EventValues): Uint8Array {
    for (const name in event) if (!this.declared.has(name)) throw this.invalid(event);
    const end = this.write(event);
    writePrefix(buffer, this.schemaId);
    const bytes = Buffer.allocUnsafe(end);
    buffer.copy(bytes, 0, 0, end);
    return bytes;
  }

  private write(event: EventValues): number {
    let end: number;
    try {
      end = this.type.encode(event, buffer, PREFIX_BYTES);
    } catch {
      throw this.invalid(event);
    }
    if (end >= 0) return end;
    const needed = buffer.length - end; // negative: by so much the buffer was too short
    if (needed > MAX_EVENT_BYTES) {
      throw new PenstockError('event.invalid', `The event is larger than ${MAX_EVENT_BYTES} bytes.`);
    }
    buffer = Buffer.allocUnsafe(Math.min(MAX_EVENT_BYTES, needed * 2));
    return this.write(event);
  }

  private invalid(event: EventValues): PenstockError {
    const faults: Fault[] = [];
    for (const name of Object.keys(event)) {
      if (!this.declared.has(name)) faults.push({ path: name, message: 'is not a field of the schema' });
    }
    this.type.isValid(event, {
      errorHook: (path: string[], value: unknown, type: { readonly typeName: string }) => {
        const message = value === undefined ? 'is missing' : `is not a value of type ${type.typeName}`;
        faults.push({ path: path.join('.'), message });
      },
    });
    const message = 'The event does not fit its schema.';
    return new PenstockError('event.invalid', message, { faults: faults.slice(0, MAX_FAULTS) });
  }
}
