import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type DefinedError, type ValidateFunction } from 'ajv';
import type { ConfigFault } from '../../domain/event-pipelines/config-look.js';
import {
  type ConfigMap,
  type ConfigNode,
  type ConfigPath,
  nodeAt,
  NOWHERE,
  valueOf,
} from '../../domain/event-pipelines/config-node.js';
import { hasSecret } from '../../domain/event-pipelines/secret-references.js';
import { didYouMean } from '../../domain/shared/nearest-word.js';
import { packageRoot } from '../config/package-root.js';

/** What a merged configuration has to have; a single file may be any part of it. */
const REQUIRED = ['entity', 'event_types'];
/** What a text that a secret will stand in may break until it does. */
const OF_TEXT = new Set(['pattern', 'enum', 'maxLength', 'minLength']);

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
};

interface Schema {
  readonly properties: Readonly<Record<string, object>>;
}

/** Holds merged configurations against `config/domain.schema.json`, the one that editors use. */
export class DomainShape {
  private readonly validate: ValidateFunction;
  private readonly keys: readonly string[];

  constructor() {
    const schema = JSON.parse(readFileSync(join(packageRoot(), 'config', 'domain.schema.json'), 'utf8')) as Schema;
    this.keys = Object.keys(schema.properties);
    const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, strictTypes: 'log', logger: false });
    this.validate = ajv.compile({ ...schema, required: REQUIRED });
  }

  /** With the keys in the schema's order, whichever file came first. */
  inOrder(root: ConfigMap): ConfigMap {
    const rank = (key: string): number => (this.keys.includes(key) ? this.keys.indexOf(key) : this.keys.length);
    return { ...root, entries: new Map([...root.entries].sort(([one], [other]) => rank(one) - rank(other))) };
  }

  faults(root: ConfigMap): ConfigFault[] {
    if (this.validate(valueOf(root))) return [];
    const errors = (this.validate.errors ?? []) as DefinedError[]; // no keywords of our own
    return errors.filter((error) => !isOpen(error)).map((error) => faultOf(error, root));
  }
}

function isOpen({ keyword, data }: DefinedError): boolean {
  return OF_TEXT.has(keyword) && typeof data === 'string' && hasSecret(data);
}

function faultOf(error: DefinedError, root: ConfigMap): ConfigFault {
  const path = pathOf(error.instancePath);
  const origin = nodeAt(root, path)?.origin ?? NOWHERE;
  if (error.keyword !== 'additionalProperties') return { path, origin, message: wordsOf(error) };
  const key = error.params.additionalProperty;
  const known = Object.keys((error.parentSchema?.['properties'] ?? {}) as object); // as the schema has it
  const hint = didYouMean(key, known) || `; there are ${known.join(', ')}`;
  return { path: [...path, key], origin: keyOrigin(nodeAt(root, path), key), message: `is not known${hint}` };
}

function keyOrigin(node: ConfigNode | undefined, key: string): ConfigFault['origin'] {
  const entry = node?.kind === 'map' ? node.entries.get(key) : undefined;
  return entry?.keyOrigin ?? NOWHERE;
}

function wordsOf(error: DefinedError): string {
  if (error.keyword === 'required') return `has no "${error.params.missingProperty}"`;
  if (error.keyword === 'type') return `must be ${typeWords(error.params.type)}`;
  if (error.keyword === 'pattern') return String(error.parentSchema?.['$comment'] ?? 'is not written as it has to be');
  if (error.keyword === 'enum') {
    const words = error.params.allowedValues.map(String);
    const hint = typeof error.data === 'string' ? didYouMean(error.data, words) : '';
    return `must be one of ${words.join(', ')}${hint}`;
  }
  return (error.message ?? 'is wrong').replace('NOT', 'not');
}

/** Of several types ajv tells all, as a list or with commas between them. */
function typeWords(types: string | readonly string[]): string {
  const names = typeof types === 'string' ? types.split(',') : types;
  return names.map((name) => TYPES[name] ?? name).join(' or ');
}

/** Of a JSON pointer. */
function pathOf(pointer: string): ConfigPath {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')));
}
