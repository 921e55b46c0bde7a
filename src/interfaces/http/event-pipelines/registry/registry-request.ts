import { PenstockError } from '../../../../domain/errors.js';
import type { SchemaRequest } from '../../../../domain/event-pipelines/schema-request.js';
import type { GivenRules } from '../../../../domain/event-pipelines/registry-mode.js';
import type { Deleted } from '../../../../domain/event-pipelines/version-id.js';

type Fields = Readonly<Record<string, unknown>>;

/** What registries of other kinds keep with a schema; clients send it as null or empty where they do not use it. */
const ATTACHMENTS = ['metadata', 'ruleSet'] as const;
/** Settings of subjects that other registries have besides the level. */
const OTHER_RULES = [
  'normalize',
  'alias',
  'compatibilityGroup',
  'defaultMetadata',
  'overrideMetadata',
  'defaultRuleSet',
  'overrideRuleSet',
];

/**
 * The body of a registration, a look-up or a check. Fields that nobody here knows are let pass: newer clients send more.
 *
 * @throws PenstockError `schema.invalid`, `request.invalid`
 */
export function schemaRequest(body: unknown, normalize: string | undefined): SchemaRequest {
  const fields = fieldsIn(body);
  const { schema, schemaType } = fields;
  if (typeof schema !== 'string' || schema === '') throw new PenstockError('schema.invalid', 'Empty schema');
  const [id, version] = [positive(fields['id']), positive(fields['version'])];
  return {
    schema,
    references: referencesIn(fields['references']),
    normalize: isTrue(normalize),
    attachments: ATTACHMENTS.filter((name) => !isEmpty(fields[name])),
    ...(typeof schemaType === 'string' && schemaType !== '' && { schemaType }),
    ...(id !== undefined && { id }),
    ...(version !== undefined && { version }),
  };
}

/** @throws PenstockError `registry.compatibility-invalid` for what this registry does not have */
export function compatibilityRequest(body: unknown): GivenRules {
  const fields = fieldsIn(body);
  const other = OTHER_RULES.find((name) => !isEmpty(fields[name]) && fields[name] !== false);
  if (other !== undefined) {
    throw new PenstockError('registry.compatibility-invalid', `This registry does not have the setting ${other}.`);
  }
  return { compatibility: textIn(fields, 'compatibility') };
}

export function modeRequest(body: unknown): GivenRules {
  return { mode: textIn(fieldsIn(body), 'mode') };
}

export function deletedOf(deleted: string | undefined, deletedOnly?: string): Deleted {
  if (isTrue(deletedOnly)) return 'only';
  return isTrue(deleted) ? 'with' : 'without';
}

export function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true';
}

/** The prefix of subjects; Confluent's clients begin it with the sign for all contexts, of which there is one here. */
export function prefixOf(prefix: string | undefined): string {
  return (prefix ?? '').replace(/^:\*:/, '');
}

/** A whole number of a query, or what stands for it. */
export function countOf(text: string | undefined, otherwise: number, most: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Math.min(Number(text), most) : otherwise;
}

function referencesIn(value: unknown): SchemaRequest['references'] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed('references', 'is not a list');
  return value.map((item, n) => {
    const fields = fieldsIn(item);
    const version = positive(fields['version']);
    if (version === undefined) throw malformed(`references.${n}.version`, 'is not the number of a version');
    const path = `references.${n}.`;
    return { name: textIn(fields, 'name', path), subject: textIn(fields, 'subject', path), version };
  });
}

function textIn(fields: Fields, name: string, path = ''): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw malformed(path + name, 'is not a text');
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 2_147_483_647
    ? value
    : undefined;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.values(value).every(isEmpty));
}

function fieldsIn(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields;
  throw new PenstockError('request.invalid', 'The request does not have the right shape: a JSON object is expected.');
}

function malformed(path: string, message: string): PenstockError {
  return new PenstockError('request.invalid', `The request does not have the right shape: ${path} ${message}.`, {
    faults: [{ path, message }],
  });
}
