import { PenstockError } from '../errors.js';
import type { Reference } from './avro/referenced-schemas.js';

/** A schema that somebody brings, to register it or to ask about it. */
export interface SchemaRequest {
  readonly schema: string;
  readonly references: readonly Reference[];
  readonly normalize: boolean;
  /** Unset: AVRO. */
  readonly schemaType?: string;
  readonly id?: number;
  readonly version?: number;
  /** Rules and metadata that registries of other kinds keep with a schema. */
  readonly attachments: readonly string[];
}

export const SCHEMA_LANGUAGE = 'AVRO';

/** @throws PenstockError `schema.invalid` for what is brought that this registry does not keep, so that nobody relies on it */
export function checkLanguage({ schemaType = SCHEMA_LANGUAGE, attachments }: SchemaRequest): void {
  if (schemaType !== SCHEMA_LANGUAGE) {
    const message = `Schemas of this registry are of type ${SCHEMA_LANGUAGE}; this one is of another type.`;
    throw new PenstockError('schema.invalid', message);
  }
  if (attachments.length > 0) {
    throw new PenstockError('schema.invalid', `This registry does not keep ${attachments.join(' and ')} of schemas.`);
  }
}
