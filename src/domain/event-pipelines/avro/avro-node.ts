import type { SchemaJson } from './schema-json.js';

export const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
export type Primitive = (typeof PRIMITIVES)[number];

/** Attributes the specification gives no meaning for this type: kept, and otherwise ignored. */
export type Properties = Readonly<Record<string, SchemaJson>>;

export interface PrimitiveNode {
  readonly kind: Primitive;
  readonly properties: Properties;
}

export interface ArrayNode {
  readonly kind: 'array';
  readonly items: AvroNode;
  readonly properties: Properties;
}

export interface MapNode {
  readonly kind: 'map';
  readonly values: AvroNode;
  readonly properties: Properties;
}

export interface UnionNode {
  readonly kind: 'union';
  readonly branches: readonly AvroNode[];
}

interface Named {
  /** With its namespace, if it has one: `com.example.Purchase`. */
  readonly fullName: string;
  readonly aliases: readonly string[];
  readonly doc?: SchemaJson;
  readonly properties: Properties;
}

export interface FieldNode {
  readonly name: string;
  readonly type: AvroNode;
  readonly aliases: readonly string[];
  readonly doc?: SchemaJson;
  /** Undefined: there is none; `null` is one. */
  readonly default?: SchemaJson;
  readonly order?: SchemaJson;
  readonly properties: Properties;
}

export interface RecordNode extends Named {
  readonly kind: 'record';
  readonly fields: readonly FieldNode[];
}

export interface EnumNode extends Named {
  readonly kind: 'enum';
  readonly symbols: readonly string[];
  readonly default?: string;
}

export interface FixedNode extends Named {
  readonly kind: 'fixed';
  readonly size: number;
}

export type NamedNode = RecordNode | EnumNode | FixedNode;

/** A type of Avro 1.12. One that has a name is one object wherever it is used, so that a record may hold itself. */
export type AvroNode = PrimitiveNode | ArrayNode | MapNode | UnionNode | NamedNode;

export function isNamed(node: AvroNode): node is NamedNode {
  return node.kind === 'record' || node.kind === 'enum' || node.kind === 'fixed';
}

/** A schema that was read, with what it was read from besides itself. */
export interface AvroSchema {
  readonly root: AvroNode;
  /** Full names of types that referenced schemas define. */
  readonly foreign: ReadonlySet<string>;
}

/** The last part of a full name, by which types match. */
export function simpleName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1);
}

export function namespaceOf(fullName: string): string {
  return fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));
}
