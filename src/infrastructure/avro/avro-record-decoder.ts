import pLimit from 'p-limit';
import type { AvroSchema } from '../../domain/event-pipelines/avro/avro-node.js';
import { parseAvroSchema } from '../../domain/event-pipelines/avro/parse-avro-schema.js';
import { referencedSchemas } from '../../domain/event-pipelines/avro/referenced-schemas.js';
import { PenstockError } from '../../domain/errors.js';
import type { RecordDecoder, UndecodedRecord, WireRecord } from '../../domain/ports/event-codec.port.js';
import type { RegisteredSchema, SchemaRegistry } from '../../domain/ports/schema-registry.port.js';
import { AvroInput, NotAvro } from './avro-input.js';
import { LineTooLong, LineWriter } from './line-writer.js';
import { type Transcode, Transcoding, Unreadable } from './transcode.js';
import { readWireFormat, type SchemaKey } from './wire-format.js';

/** Schemas of writers that are kept ready; more of them at once only where one batch has more. */
const MAX_WRITERS = 1000;
/** Schemas that are asked for at once. */
const MAX_ASKED = 8;

const input = new AvroInput();
const line = new LineWriter();

const UNKNOWN: UndecodedRecord = {
  code: 'record.unknown-schema',
  reason: 'The registry does not know the schema of the record.',
};
const UNREADABLE: UndecodedRecord = {
  code: 'record.unknown-schema',
  reason: 'The schema of the record cannot be read with the schema of the table.',
};
const NO_WIRE_FORMAT = notAvro('It begins with no schema id, and has no header with one.');
const NOT_OF_SCHEMA = notAvro('Its bytes are not what its schema says.');
const NOT_UTF8 = notAvro('It has text that is not UTF-8.');
const TOO_LONG = notAvro('It is too large as JSON.');

export class AvroRecordDecoder implements RecordDecoder {
  private readonly writers = new Map<SchemaKey, Transcode | UndecodedRecord>();

  constructor(
    private readonly reader: AvroSchema,
    private readonly registry: SchemaRegistry,
  ) {}

  async prepare(records: readonly WireRecord[]): Promise<void> {
    const used = new Set<SchemaKey>();
    for (const record of records) {
      const event = readWireFormat(record);
      if (event !== undefined) used.add(event.key);
    }
    const asked = [...used].filter((key) => {
      const known = this.writers.get(key);
      return known === undefined || known === UNKNOWN; // it may have come since
    });
    const atOnce = pLimit(MAX_ASKED);
    await Promise.all(asked.map((key) => atOnce(async () => this.writers.set(key, await this.writerOf(key)))));
    this.forget(used);
  }

  decode(record: WireRecord): Uint8Array | UndecodedRecord {
    const event = readWireFormat(record);
    if (event === undefined) return NO_WIRE_FORMAT;
    const writer = this.writers.get(event.key) ?? UNKNOWN;
    if (typeof writer !== 'function') return writer;
    try {
      input.begin(record.data, event.start);
      line.begin();
      writer(input, line);
      if (!input.atEnd()) return NOT_OF_SCHEMA;
      return line.end() ?? NOT_UTF8;
    } catch (error) {
      if (error instanceof NotAvro) return NOT_OF_SCHEMA;
      if (error instanceof LineTooLong) return TOO_LONG;
      throw error;
    }
  }

  private async writerOf(key: SchemaKey): Promise<Transcode | UndecodedRecord> {
    const found = await (typeof key === 'number' ? this.registry.byId(key) : this.registry.byGuid(key));
    if (found === undefined) return UNKNOWN;
    const schema = await this.parse(found);
    if (schema === undefined) return UNREADABLE;
    try {
      return new Transcoding().compile(schema.root, this.reader.root);
    } catch (error) {
      if (error instanceof Unreadable) return UNREADABLE;
      throw error;
    }
  }

  /** Undefined: an external registry takes other schemas than we do, of other languages too. */
  private async parse(found: RegisteredSchema): Promise<AvroSchema | undefined> {
    try {
      const references = await referencedSchemas(found.references, ({ subject, version }) =>
        this.registry.version(subject, version),
      );
      return parseAvroSchema(found.schema, references);
    } catch (error) {
      if (error instanceof PenstockError && error.code === 'schema.invalid') return undefined;
      throw error;
    }
  }

  private forget(used: ReadonlySet<SchemaKey>): void {
    for (const key of this.writers.keys()) {
      if (this.writers.size <= MAX_WRITERS) return;
      if (!used.has(key)) this.writers.delete(key);
    }
  }
}

function notAvro(reason: string): UndecodedRecord {
  return { code: 'record.not-avro', reason };
}
