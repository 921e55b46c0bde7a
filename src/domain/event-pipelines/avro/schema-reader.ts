import {
  type AvroNode,
  type EnumNode,
  type FieldNode,
  type FixedNode,
  namespaceOf,
  type NamedNode,
  type Primitive,
  PRIMITIVES,
  type Properties,
  type RecordNode,
  type UnionNode,
} from './avro-node.js';
import { checkDefault } from './check-default.js';
import { checkName, checkSymbols, fullNameOf, invalid, namesIn, simpleNamesIn } from './schema-names.js';
import { isList, isObject, isText, numberText, type SchemaJson, type SchemaJsonObject } from './schema-json.js';

/** Deepest nesting of types, and most of them in one schema. */
const MAX_DEPTH = 64;
const MAX_TYPES = 10_000;

const OF_RECORD = new Set(['type', 'name', 'namespace', 'doc', 'aliases', 'fields']);
const OF_FIELD = new Set(['name', 'type', 'doc', 'default', 'order', 'aliases']);
const OF_ENUM = new Set(['type', 'name', 'namespace', 'doc', 'aliases', 'symbols', 'default']);
const OF_FIXED = new Set(['type', 'name', 'namespace', 'doc', 'aliases', 'size']);

/** Where in the schema, and in which namespace, a type stands. */
interface Place {
  readonly path: string;
  readonly namespace: string;
  readonly depth: number;
}

const SOME_PRIMITIVES: ReadonlySet<string> = new Set(PRIMITIVES);

/** Turns the JSON of schemas into types; the names of one are known to the next. */
export class SchemaReader {
  private types = 0;

  constructor(private readonly named: Map<string, NamedNode>) {}

  /** @throws PenstockError `schema.invalid` */
  read(json: SchemaJson): AvroNode {
    return this.type(json, { path: '', namespace: '', depth: 0 });
  }

  private type(json: SchemaJson | undefined, place: Place): AvroNode {
    this.types += 1;
    if (place.depth > MAX_DEPTH) throw invalid(place.path, `is nested deeper than ${MAX_DEPTH} types`);
    if (this.types > MAX_TYPES) throw invalid(place.path, `is past the ${MAX_TYPES} types that a schema may have`);
    if (isText(json)) return this.byName(json, place);
    if (isList(json)) return this.union(json, place);
    if (!isObject(json)) throw invalid(place.path, 'is not a type');
    return this.complex(json, place);
  }

  private byName(name: string, { path, namespace }: Place): AvroNode {
    if (SOME_PRIMITIVES.has(name)) return { kind: name as Primitive, properties: {} };
    const full = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
    const found = this.named.get(full) ?? this.named.get(name);
    if (found === undefined) throw invalid(path, `names the type ${JSON.stringify(name)}, which is not defined`);
    return found;
  }

  private union(branches: readonly SchemaJson[], place: Place): UnionNode {
    if (branches.length === 0) throw invalid(place.path, 'is a union of nothing');
    const nodes = branches.map((branch, n) => this.type(branch, below(place, String(n))));
    const seen = new Set<string>();
    for (const node of nodes) {
      if (node.kind === 'union') throw invalid(place.path, 'is a union with a union in it');
      const key = 'fullName' in node ? node.fullName : node.kind;
      if (seen.has(key)) throw invalid(place.path, `is a union that has ${JSON.stringify(key)} twice`);
      seen.add(key);
    }
    return { kind: 'union', branches: nodes };
  }

  private complex(json: SchemaJsonObject, place: Place): AvroNode {
    const { type } = json;
    if (type === 'record' || type === 'error') return this.record(json, place);
    if (type === 'enum') return this.enumeration(json, place);
    if (type === 'fixed') return this.fixed(json, place);
    if (type === 'array') {
      return { kind: type, items: this.type(json['items'], below(place, 'items')), properties: rest(json, ARRAY) };
    }
    if (type === 'map') {
      return { kind: type, values: this.type(json['values'], below(place, 'values')), properties: rest(json, MAP) };
    }
    if (isText(type) && SOME_PRIMITIVES.has(type)) return { kind: type as Primitive, properties: rest(json, TYPE) };
    return this.type(type, below(place, 'type'));
  }

  private record(json: SchemaJsonObject, place: Place): RecordNode {
    const { fields } = json;
    if (!isList(fields)) throw invalid(place.path, 'is a record without a list of fields');
    const nodes: FieldNode[] = [];
    const node: RecordNode = { kind: 'record', ...this.head(json, place, OF_RECORD), fields: nodes };
    this.define(node, place);
    const names = new Set<string>();
    for (const [n, field] of fields.entries()) {
      const at = { ...below(place, `fields/${n}`), namespace: namespaceOf(node.fullName) };
      const read = this.field(field, at);
      if (names.has(read.name)) throw invalid(at.path, `is a second field with the name ${JSON.stringify(read.name)}`);
      names.add(read.name);
      nodes.push(read);
    }
    for (const [n, field] of nodes.entries()) {
      if (field.default !== undefined) checkDefault(field.type, field.default, `${place.path}/fields/${n}/default`);
    }
    return node;
  }

  private field(json: SchemaJson, place: Place): FieldNode {
    if (!isObject(json)) throw invalid(place.path, 'is not a field');
    const { name, doc, order } = json;
    if (!isText(name)) throw invalid(place.path, 'is a field without a name');
    checkName(name, place.path);
    const type = this.type(json['type'], below(place, 'type'));
    return {
      name,
      type,
      aliases: simpleNamesIn(json['aliases'], `${place.path}/aliases`),
      properties: rest(json, OF_FIELD),
      ...(doc !== undefined && { doc }),
      ...(json['default'] !== undefined && { default: json['default'] }),
      ...(order !== undefined && order !== 'ascending' && { order }),
    };
  }

  private enumeration(json: SchemaJsonObject, place: Place): EnumNode {
    const { symbols, default: preset } = json;
    const head = this.head(json, place, OF_ENUM);
    const checked = checkSymbols(symbols, place.path);
    if (preset !== undefined && !(isText(preset) && checked.includes(preset))) {
      throw invalid(`${place.path}/default`, 'is none of the symbols');
    }
    const node: EnumNode = {
      kind: 'enum',
      ...head,
      symbols: checked,
      ...(isText(preset) && { default: preset }),
    };
    return this.define(node, place);
  }

  private fixed(json: SchemaJsonObject, place: Place): FixedNode {
    const size = Number(numberText(json['size']));
    if (!Number.isSafeInteger(size) || size < 0) throw invalid(`${place.path}/size`, 'is not a number of bytes');
    return this.define({ kind: 'fixed', ...this.head(json, place, OF_FIXED), size }, place);
  }

  private head(
    json: SchemaJsonObject,
    { path, namespace }: Place,
    own: ReadonlySet<string>,
  ): Pick<RecordNode, 'fullName' | 'aliases' | 'doc' | 'properties'> {
    const fullName = fullNameOf(json, namespace, path);
    const { doc } = json;
    const aliases = namesIn(json['aliases'], `${path}/aliases`).map((alias) =>
      alias.includes('.') || namespaceOf(fullName) === '' ? alias : `${namespaceOf(fullName)}.${alias}`,
    );
    return { fullName, aliases, properties: rest(json, own), ...(doc !== undefined && { doc }) };
  }

  private define<T extends NamedNode>(node: T, { path }: Place): T {
    if (this.named.has(node.fullName) || SOME_PRIMITIVES.has(node.fullName)) {
      throw invalid(path, `defines ${JSON.stringify(node.fullName)} again`);
    }
    this.named.set(node.fullName, node);
    return node;
  }
}

const TYPE = new Set(['type']);
const ARRAY = new Set(['type', 'items']);
const MAP = new Set(['type', 'values']);

function below(place: Place, step: string): Place {
  return { ...place, path: `${place.path}/${step}`, depth: place.depth + 1 };
}

function rest(json: SchemaJsonObject, own: ReadonlySet<string>): Properties {
  return Object.fromEntries(Object.entries(json).filter(([key]) => !own.has(key)));
}
