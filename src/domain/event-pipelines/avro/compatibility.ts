import type { AvroSchema } from './avro-node.js';
import { incompatibilities } from './incompatibilities.js';

/** As Confluent's registry calls them. Those with TRANSITIVE hold against all versions, the others against the latest. */
export const COMPATIBILITY_LEVELS = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const;
export type CompatibilityLevel = (typeof COMPATIBILITY_LEVELS)[number];

export const DEFAULT_COMPATIBILITY: CompatibilityLevel = 'BACKWARD';

export interface EarlierVersion {
  readonly version: number;
  readonly schema: AvroSchema;
}

/** The versions that a new schema has to be compatible with, of all that are not deleted, the newest first. */
export function versionsToCheck<T>(level: CompatibilityLevel, newestFirst: readonly T[]): readonly T[] {
  if (level === 'NONE') return [];
  return level.endsWith('_TRANSITIVE') ? newestFirst : newestFirst.slice(0, 1);
}

/** What keeps the new schema from being compatible with these versions: a sentence each, or nothing. */
export function compatibilityMessages(
  level: CompatibilityLevel,
  candidate: AvroSchema,
  versions: readonly EarlierVersion[],
): string[] {
  const [direction] = level.split('_', 1);
  return versions.flatMap(({ version, schema }) => [
    ...(direction === 'BACKWARD' || direction === 'FULL'
      ? sentences(`the new schema cannot read data of version ${version}`, candidate, schema)
      : []),
    ...(direction === 'FORWARD' || direction === 'FULL'
      ? sentences(`version ${version} cannot read data of the new schema`, schema, candidate)
      : []),
  ]);
}

function sentences(what: string, reader: AvroSchema, writer: AvroSchema): string[] {
  return incompatibilities(reader, writer).map(
    ({ type, path, message }) => `${type} at ${path === '' ? '/' : path}: ${message}; ${what}`,
  );
}
