import {
  type AvroNode,
  type EnumNode,
  isNamed,
  type NamedNode,
  type RecordNode,
  type UnionNode,
} from '../../domain/event-pipelines/avro/avro-node.js';
import { isPromoted, looksAlike, writerField } from '../../domain/event-pipelines/avro/resolve-types.js';
import { type AvroInput, NotAvro } from './avro-input.js';
import { defaultJson } from './default-json.js';
import type { LineWriter } from './line-writer.js';
import { skip, type Skip } from './skip.js';

/** Reads one value of the writer's type and writes it as JSON, as the reader's type has it. */
export type Transcode = (input: AvroInput, line: LineWriter) => void;

/** Nothing written with the one type can ever be read with the other. */
export class Unreadable extends Error {}

const NULL = Buffer.from('null');
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** What JSON has no numbers for, as ClickHouse reads it. */
const NOT_FINITE = new Map([
  [Number.POSITIVE_INFINITY, '"inf"'],
  [Number.NEGATIVE_INFINITY, '"-inf"'],
]);

/** Compiles the way from one type to the other, once for all records. @throws Unreadable */
export class Transcoding {
  /** What holds itself finds here what is being compiled further up. */
  private readonly begun = new Map<AvroNode, Map<AvroNode, { run: Transcode }>>();

  compile(writer: AvroNode, reader: AvroNode): Transcode {
    if (writer.kind === 'union') return this.fromUnion(writer, reader);
    if (reader.kind === 'union') return this.compile(writer, branchFor(writer, reader));
    if (isNamed(writer)) return this.fromNamed(writer, reader);
    if (writer.kind === 'array' && reader.kind === 'array') return list(this.compile(writer.items, reader.items));
    if (writer.kind === 'map' && reader.kind === 'map') return map(this.compile(writer.values, reader.values));
    return scalar(writer, reader);
  }

  private fromNamed(writer: NamedNode, reader: AvroNode): Transcode {
    if (!looksAlike(reader, writer)) throw new Unreadable();
    if (writer.kind === 'record' && reader.kind === 'record') return this.fromRecord(writer, reader);
    if (writer.kind === 'enum' && reader.kind === 'enum') return enumeration(writer, reader);
    if (writer.kind !== 'fixed' || reader.kind !== 'fixed' || writer.size !== reader.size) throw new Unreadable();
    return fixed(writer.size);
  }

  private fromUnion({ branches }: UnionNode, reader: AvroNode): Transcode {
    const runs = branches.map((branch) => this.compileIfReadable(branch, reader));
    if (runs.every((run) => run === undefined)) throw new Unreadable();
    return (input, line) => {
      const run = runs[input.size()];
      if (run === undefined) throw new NotAvro();
      run(input, line);
    };
  }

  private compileIfReadable(writer: AvroNode, reader: AvroNode): Transcode | undefined {
    try {
      return this.compile(writer, reader);
    } catch (error) {
      if (error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  private fromRecord(writer: RecordNode, reader: RecordNode): Transcode {
    const known = this.begun.get(writer)?.get(reader);
    if (known !== undefined) return (input, line) => known.run(input, line);
    const holder: { run: Transcode } = { run: unfinished };
    const others = this.begun.get(writer) ?? new Map<AvroNode, { run: Transcode }>();
    this.begun.set(writer, others.set(reader, holder));
    holder.run = this.fields(writer, reader);
    return holder.run;
  }

  /** Fields come in the writer's order, which JSON does not mind; those the data lacks stand at the end. */
  private fields(writer: RecordNode, reader: RecordNode): Transcode {
    const steps: (Transcode | Skip)[] = [];
    const readers = new Map(reader.fields.map((field) => [writerField(writer, field), field]));
    let opening = '{';
    for (const field of writer.fields) {
      const target = readers.get(field);
      if (target === undefined) {
        steps.push(skip(field.type));
        continue;
      }
      const name = Buffer.from(`${opening}${JSON.stringify(target.name)}:`);
      opening = ',';
      steps.push(named(name, this.compile(field.type, target.type)));
    }
    return record(steps, this.closing(writer, reader, opening));
  }

  private closing(writer: RecordNode, reader: RecordNode, opening: string): Buffer {
    const missing = reader.fields.filter((field) => writerField(writer, field) === undefined);
    const parts = missing.map(({ name, type, default: preset }) => {
      if (preset === undefined) throw new Unreadable();
      return `${JSON.stringify(name)}:${defaultJson(type, preset)}`;
    });
    const begun = opening === '{' || parts.length > 0 ? opening : '';
    return Buffer.from(`${begun}${parts.join(',')}}`);
  }
}

function unfinished(): never {
  throw new NotAvro();
}

/** The branch that takes what was written: one of the same type before one that it is promoted to. */
function branchFor(writer: AvroNode, { branches }: UnionNode): AvroNode {
  const found =
    branches.find((branch) => looksAlike(branch, writer)) ?? branches.find((branch) => isPromoted(writer, branch));
  if (found === undefined) throw new Unreadable();
  return found;
}

function named(name: Uint8Array, value: Transcode): Transcode {
  return (input, line) => {
    line.raw(name);
    value(input, line);
  };
}

function record(steps: readonly (Transcode | Skip)[], closing: Uint8Array): Transcode {
  const { length } = steps;
  return (input, line) => {
    input.enter();
    for (let n = 0; n < length; n += 1) (steps[n] as Transcode)(input, line); // within its length
    line.raw(closing);
    input.leave();
  };
}

function list(item: Transcode): Transcode {
  return (input, line) => {
    line.byte(OPEN_BRACKET);
    let isFirst = true;
    for (let count = input.block(); count > 0; count = input.block()) {
      for (let n = 0; n < count; n += 1) {
        if (!isFirst) line.byte(COMMA);
        isFirst = false;
        item(input, line);
      }
    }
    line.byte(CLOSE_BRACKET);
  };
}

function map(value: Transcode): Transcode {
  return (input, line) => {
    line.byte(OPEN_BRACE);
    let isFirst = true;
    for (let count = input.block(); count > 0; count = input.block()) {
      for (let n = 0; n < count; n += 1) {
        if (!isFirst) line.byte(COMMA);
        isFirst = false;
        text(input, line);
        line.byte(COLON);
        value(input, line);
      }
    }
    line.byte(CLOSE_BRACE);
  };
}

function enumeration(writer: EnumNode, { symbols, default: preset }: EnumNode): Transcode {
  const texts = writer.symbols
    .map((symbol) => (symbols.includes(symbol) ? symbol : preset))
    .map((symbol) => (symbol === undefined ? undefined : Buffer.from(JSON.stringify(symbol))));
  if (texts.every((json) => json === undefined)) throw new Unreadable();
  return (input, line) => {
    const json = texts[input.size()];
    if (json === undefined) throw new NotAvro();
    line.raw(json);
  };
}

function fixed(size: number): Transcode {
  return (input, line) => {
    const start = input.take(size);
    line.text(input.bytes, start, start + size);
  };
}

function scalar(writer: AvroNode, reader: AvroNode): Transcode {
  if (writer.kind !== reader.kind && !isPromoted(writer, reader)) throw new Unreadable();
  const run = SCALARS.get(writer.kind);
  if (run === undefined) throw new Unreadable();
  return run;
}

function text(input: AvroInput, line: LineWriter): void {
  const length = input.size();
  const start = input.take(length);
  line.text(input.bytes, start, start + length);
}

function long(input: AvroInput, line: LineWriter): void {
  const value = input.long();
  if (typeof value === 'number') line.whole(value);
  else line.ascii(value);
}

function real(value: number, line: LineWriter): void {
  if (Number.isSafeInteger(value)) line.whole(value);
  else if (Number.isFinite(value)) line.ascii(String(value));
  else line.ascii(NOT_FINITE.get(value) ?? '"nan"');
}

const SCALARS: ReadonlyMap<AvroNode['kind'], Transcode> = new Map<AvroNode['kind'], Transcode>([
  ['null', (_input, line) => line.raw(NULL)],
  [
    'boolean',
    (input, line) => {
      const byte = input.byte();
      if (byte > 1) throw new NotAvro();
      line.raw(byte === 1 ? TRUE : FALSE);
    },
  ],
  ['int', long],
  ['long', long],
  ['float', (input, line) => real(input.float(), line)],
  ['double', (input, line) => real(input.double(), line)],
  ['bytes', text],
  ['string', text],
]);
