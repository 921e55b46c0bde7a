import {
  type AvroNode,
  type AvroSchema,
  type EnumNode,
  type FieldNode,
  type FixedNode,
  isNamed,
  type NamedNode,
  namespaceOf,
  type Properties,
  type RecordNode,
  simpleName,
} from './avro-node.js';
import { writeSchemaJson } from './schema-json.js';

type Parts = (readonly [key: string, json: string] | undefined)[];

/**
 * The schema as one text, whatever white space and order of attributes it was written with: attributes in the order of
 * Avro's Java library, which is what Confluent's registry keeps. Nothing that has a meaning is left out, documentation
 * neither. By this text two schemas are the same.
 *
 * @param normalize also attributes without a meaning in order
 */
export function schemaText({ root, foreign }: AvroSchema, normalize = false): string {
  return new SchemaWriter(new Set(foreign), normalize).type(root, '');
}

class SchemaWriter {
  constructor(
    private readonly written: Set<string>,
    private readonly sorted: boolean,
  ) {}

  type(node: AvroNode, namespace: string): string {
    if (isNamed(node)) return this.named(node, namespace);
    if (node.kind === 'union') return `[${node.branches.map((branch) => this.type(branch, namespace)).join(',')}]`;
    const properties = this.properties(node.properties);
    if (node.kind === 'array')
      return object([type(node.kind), ['items', this.type(node.items, namespace)], ...properties]);
    if (node.kind === 'map')
      return object([type(node.kind), ['values', this.type(node.values, namespace)], ...properties]);
    return properties.length === 0 ? JSON.stringify(node.kind) : object([type(node.kind), ...properties]);
  }

  private named(node: NamedNode, namespace: string): string {
    const own = namespaceOf(node.fullName);
    const isNear = own === namespace;
    if (this.written.has(node.fullName)) return JSON.stringify(isNear ? simpleName(node.fullName) : node.fullName);
    this.written.add(node.fullName);
    return object([
      type(node.kind),
      ['name', JSON.stringify(simpleName(node.fullName))],
      isNear ? undefined : ['namespace', JSON.stringify(own)],
      node.doc === undefined ? undefined : ['doc', writeSchemaJson(node.doc)],
      ...this.content(node, own),
      ...this.properties(node.properties),
      aliases(node.aliases.map((alias) => (namespaceOf(alias) === own ? simpleName(alias) : alias))),
    ]);
  }

  private content(node: RecordNode | EnumNode | FixedNode, namespace: string): Parts {
    if (node.kind === 'record') {
      return [['fields', `[${node.fields.map((field) => this.field(field, namespace)).join(',')}]`]];
    }
    if (node.kind === 'fixed') return [['size', String(node.size)]];
    const { default: preset } = node;
    return [
      ['symbols', JSON.stringify(node.symbols)],
      preset === undefined ? undefined : ['default', JSON.stringify(preset)],
    ];
  }

  private field(field: FieldNode, namespace: string): string {
    return object([
      ['name', JSON.stringify(field.name)],
      ['type', this.type(field.type, namespace)],
      field.doc === undefined ? undefined : ['doc', writeSchemaJson(field.doc)],
      field.default === undefined ? undefined : ['default', writeSchemaJson(field.default, this.sorted)],
      field.order === undefined ? undefined : ['order', writeSchemaJson(field.order)],
      aliases(field.aliases),
      ...this.properties(field.properties),
    ]);
  }

  private properties(properties: Properties): [string, string][] {
    const entries = Object.entries(properties).map(([key, value]): [string, string] => [
      key,
      writeSchemaJson(value, this.sorted),
    ]);
    return this.sorted ? entries.sort(([a], [b]) => (a < b ? -1 : 1)) : entries;
  }
}

/**
 * The Parsing Canonical Form of Avro 1.12: what decides how data is read, and nothing else. Types of referenced schemas
 * stand in it where they are first used.
 */
export function parsingCanonicalForm({ root }: Pick<AvroSchema, 'root'>): string {
  return canonical(root, new Set());
}

function canonical(node: AvroNode, written: Set<string>): string {
  if (isNamed(node)) return canonicalNamed(node, written);
  if (node.kind === 'union') return `[${node.branches.map((branch) => canonical(branch, written)).join(',')}]`;
  if (node.kind === 'array') return object([type(node.kind), ['items', canonical(node.items, written)]]);
  if (node.kind === 'map') return object([type(node.kind), ['values', canonical(node.values, written)]]);
  return JSON.stringify(node.kind);
}

function canonicalNamed(node: NamedNode, written: Set<string>): string {
  const name = JSON.stringify(node.fullName);
  if (written.has(node.fullName)) return name;
  written.add(node.fullName);
  if (node.kind === 'fixed') return object([['name', name], type(node.kind), ['size', String(node.size)]]);
  if (node.kind === 'enum') return object([['name', name], type(node.kind), ['symbols', JSON.stringify(node.symbols)]]);
  const fields = node.fields.map((field) =>
    object([
      ['name', JSON.stringify(field.name)],
      ['type', canonical(field.type, written)],
    ]),
  );
  return object([['name', name], type(node.kind), ['fields', `[${fields.join(',')}]`]]);
}

function type(kind: string): readonly [string, string] {
  return ['type', JSON.stringify(kind)];
}

function aliases(names: readonly string[]): readonly [string, string] | undefined {
  return names.length === 0 ? undefined : ['aliases', JSON.stringify(names)];
}

function object(parts: Parts): string {
  const known = parts.filter((part) => part !== undefined);
  return `{${known.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`;
}
