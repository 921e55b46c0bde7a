import { type AvroNode, type FieldNode, isNamed, type NamedNode, type RecordNode, simpleName } from './avro-node.js';

/** What a value that was written as one type may be read as besides, by Avro's "Schema Resolution". */
const PROMOTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['int', ['long', 'float', 'double']],
  ['long', ['float', 'double']],
  ['float', ['double']],
  ['string', ['bytes']],
  ['bytes', ['string']],
]);

export function isPromoted(writer: AvroNode, reader: AvroNode): boolean {
  return PROMOTIONS.get(writer.kind)?.includes(reader.kind) ?? false;
}

/** By the last part of their names, or an alias of the reader's. */
export function namesMatch(reader: NamedNode, writer: NamedNode): boolean {
  return simpleName(reader.fullName) === simpleName(writer.fullName) || reader.aliases.includes(writer.fullName);
}

/** The field that a writer has for one of the reader's: of the same name, or of one of its former names. */
export function writerField(writer: RecordNode, field: FieldNode): FieldNode | undefined {
  const named = (name: string): FieldNode | undefined => writer.fields.find((other) => other.name === name);
  return named(field.name) ?? field.aliases.map(named).find((found) => found !== undefined);
}

/** Whether two types are of one kind, without a look into them. */
export function looksAlike(reader: AvroNode, writer: AvroNode): boolean {
  if (reader.kind !== writer.kind) return false;
  return !isNamed(reader) || !isNamed(writer) || namesMatch(reader, writer);
}
