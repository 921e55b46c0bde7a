import type { AvroNode, RecordNode } from '../../domain/event-pipelines/avro/avro-node.js';
import {
  isList,
  isObject,
  isText,
  numberText,
  type SchemaJson,
  writeSchemaJson,
} from '../../domain/event-pipelines/avro/schema-json.js';

/** The default of a field as the JSON of events: as the schema has it, with the defaults of fields that it leaves out. */
export function defaultJson(type: AvroNode, value: SchemaJson): string {
  switch (type.kind) {
    case 'record':
      return isObject(value) ? recordJson(type, value) : writeSchemaJson(value);
    case 'array':
      return isList(value)
        ? `[${value.map((item) => defaultJson(type.items, item)).join(',')}]`
        : writeSchemaJson(value);
    case 'map':
      return isObject(value) ? mapJson(type.values, value) : writeSchemaJson(value);
    case 'union': {
      const branch = type.branches.find((each) => isOfKind(each, value));
      return branch === undefined ? writeSchemaJson(value) : defaultJson(branch, value);
    }
    case 'float':
    case 'double':
      return numberText(value) ?? NOT_FINITE.get(String(value)) ?? 'null';
    default:
      return writeSchemaJson(value);
  }
}

const NOT_FINITE: ReadonlyMap<string, string> = new Map([
  ['NaN', '"nan"'],
  ['Infinity', '"inf"'],
  ['-Infinity', '"-inf"'],
]);

function recordJson({ fields }: RecordNode, value: Readonly<Record<string, SchemaJson>>): string {
  const parts = fields.map(
    ({ name, type, default: preset = null }) =>
      `${JSON.stringify(name)}:${defaultJson(type, value[name] === undefined ? preset : value[name])}`,
  );
  return `{${parts.join(',')}}`;
}

function mapJson(values: AvroNode, value: Readonly<Record<string, SchemaJson>>): string {
  const parts = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${defaultJson(values, item)}`);
  return `{${parts.join(',')}}`;
}

/** Enough to tell the branches that need a look into them from those written as they stand. */
function isOfKind(branch: AvroNode, value: SchemaJson): boolean {
  if (branch.kind === 'record' || branch.kind === 'map') return isObject(value);
  if (branch.kind === 'array') return isList(value);
  if (branch.kind === 'double' || branch.kind === 'float') return numberText(value) !== undefined;
  return branch.kind === 'string' ? isText(value) : false;
}
