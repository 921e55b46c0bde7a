import type { AwsJsonInput } from '../aws/aws-json-endpoint.js';
import { list, readFields, required, structure, text } from '../aws/request-fields.js';
import type { SecretRecord } from './secret-record.js';

const KEYS = ['name', 'description', 'tag-key', 'tag-value', 'all'] as const;

export interface SecretFilter {
  readonly key: (typeof KEYS)[number];
  readonly values: readonly string[];
}

const FILTER = structure({ Key: required(text({ oneOf: KEYS })), Values: required(list(text({ max: 512 }), 1, 10)) });
const FIELDS = { Filters: list(FILTER, 0, 10) };

export function readFilters(input: AwsJsonInput): SecretFilter[] {
  const { Filters = [] } = readFields(input, FIELDS);
  return Filters.map(({ Key, Values }) => ({ key: Key, values: Values }));
}

/** All filters hold; of one filter any value, by the beginning of what it looks at. `!` in front of a value turns it round. */
export function matchesAll(secret: SecretRecord, filters: readonly SecretFilter[]): boolean {
  return filters.every(({ key, values }) => values.some((value) => matches(textsOf(secret, key), value)));
}

function matches(texts: readonly string[], value: string): boolean {
  if (value.startsWith('!')) return !matches(texts, value.slice(1));
  return texts.some((each) => each.startsWith(value));
}

function textsOf({ name, description = '', tags }: SecretRecord, key: SecretFilter['key']): readonly string[] {
  if (key === 'name') return [name];
  if (key === 'description') return words(description);
  if (key === 'tag-key') return Object.keys(tags);
  if (key === 'tag-value') return Object.values(tags);
  return [name, ...words(description), ...Object.keys(tags), ...Object.values(tags)];
}

const words = (description: string): string[] => [description, ...description.split(/\s+/)];
