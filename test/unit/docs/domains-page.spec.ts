import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DOMAIN_DEFAULTS, ITEM_DEFAULTS, SECRET_BACKENDS } from '../../../src/domain/event-pipelines/domain-source.js';
import { AGGREGATION_KINDS, COMPARISONS, TRANSPORTS } from '../../../src/domain/event-pipelines/domain-config.js';

interface Schema {
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const schema = JSON.parse(readFileSync('config/domain.schema.json', 'utf8')) as Schema;
const root: Schema = { ...schema, required: ['entity', 'event_types'] };

/** Every key that holds no others, or is a list of maps, with its default as the page writes it. */
function keysOf({ properties = {}, required = [] }: Schema, path: string, isNeeded: boolean): [string, string][] {
  return Object.entries(properties).flatMap(([name, key]): [string, string][] => {
    const isRequired = isNeeded && required.includes(name);
    const at = `${path}${name}`;
    if (key.properties) return keysOf(key, `${at}.`, isRequired);
    const says = isRequired ? 'required' : defaultOf(key);
    const inner = key.items?.properties ? keysOf(key.items, `${at}[].`, true) : [];
    return [[at, says], ...inner];
  });
}

function defaultOf({ type, default: value }: Schema): string {
  if (value !== undefined) return `\`${String(value)}\``;
  return type === 'array' || (Array.isArray(type) && type.includes('array')) ? 'none' : '';
}

it('explains every key of the schema with its default, and no other', () => {
  const page = readFileSync('docs/domains.md', 'utf8');
  const [, table = ''] = /## Every key\n([\s\S]*?)\n## /.exec(page) ?? [];
  const rows = [...table.matchAll(/^\| `([^`]+)` \| (.*?) ?\| (.+) \|$/gm)].map(([, key, value]) => [key, value]);
  expect(rows).toEqual(keysOf(root, '', true));
});

/** The part of the schema for a key, lists passed through. */
function partOf(...keys: readonly string[]): Schema {
  return keys.reduce((part, key) => (part.properties ?? part.items?.properties ?? {})[key]!, schema);
}

const defaultsIn = (key: string): unknown =>
  Object.fromEntries(Object.keys(partOf(key).properties!).map((name) => [name, partOf(key, name).default]));

it('has the defaults that the service really uses', () => {
  expect(partOf('namespace').default).toBe(DOMAIN_DEFAULTS.namespace);
  for (const name of ['synthetic', 'stream', 'warehouse'] as const)
    expect(defaultsIn(name)).toEqual(DOMAIN_DEFAULTS[name]);
  expect(defaultsIn('postgres')).toEqual(ITEM_DEFAULTS.postgres);
  expect(partOf('aggregations', 'allowed_lateness').default).toBe(ITEM_DEFAULTS.allowed_lateness);
  expect(partOf('aggregations', 'filter', 'op').default).toBe(ITEM_DEFAULTS.op);
  expect(partOf('alerts', 'severity').default).toBe(ITEM_DEFAULTS.severity);
});

it('has the words that the service knows', () => {
  expect(partOf('aggregations', 'type').enum).toEqual(AGGREGATION_KINDS);
  expect(partOf('alerts', 'op').enum).toEqual(COMPARISONS);
  expect(partOf('stream', 'transport').enum).toEqual(TRANSPORTS);
  expect(partOf('secrets', 'backend').enum).toEqual(SECRET_BACKENDS);
});
