import type { AvroNode, RecordNode } from '../../domain/event-pipelines/avro/avro-node.js';
import {
  isList,
  isObject,
  isText,
  type SchemaJson,
  type SchemaJsonObject,
  writeSchemaJson,
} from '../../domain/event-pipelines/avro/schema-json.js';

/** The default of a field as the JSON of events: as the schema has it, with the defaults of fields that it leaves out. */
export function defaultJson(type: AvroNode, value: SchemaJson): string {
  if (type.kind === 'union') {
    const branch = type.branches.find((each) => isOfKind(each, value));
    return branch === undefined ? writeSchemaJson(value) : defaultJson(branch, value);
  }
  if (isObject(value)) return objectJson(type, value);
  if (type.kind === 'array' && isList(value))
    return `[${value.map((item) => defaultJson(type.items, item)).join(',')}]`;
  const isReal = type.kind === 'float' || type.kind === 'double';
  return (isReal && isText(value) ? NOT_FINITE.get(value) : undefined) ?? writeSchemaJson(value);
}

function objectJson(type: AvroNode, value: SchemaJsonObject): string {
  if (type.kind === 'record') return recordJson(type, value);
  return type.kind === 'map' ? mapJson(type.values, value) : writeSchemaJson(value);
}

const NOT_FINITE: ReadonlyMap<string, string> = new Map([
  ['NaN', '"nan"'],
  ['Infinity', '"inf"'],
  ['-Infinity', '"-inf"'],
]);

function recordJson({ fields }: RecordNode, value: SchemaJsonObject): string {
  const parts = fields.map(
    ({ name, type, default: preset = null }) =>
      `${JSON.stringify(name)}:${defaultJson(type, value[name] === undefined ? preset : value[name])}`,
  );
  return `{${parts.join(',')}}`;
}

function mapJson(values: AvroNode, value: SchemaJsonObject): string {
  const parts = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${defaultJson(values, item)}`);
  return `{${parts.join(',')}}`;
}

/** Enough to tell the branches that need a look into them from those written as they stand. */
function isOfKind(branch: AvroNode, value: SchemaJson): boolean {
  if (branch.kind === 'record' || branch.kind === 'map') return isObject(value);
  if (branch.kind === 'array') return isList(value);
  return false;
}
