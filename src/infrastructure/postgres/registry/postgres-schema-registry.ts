import type { PoolClient } from 'pg';
import {
  compatibilityMessages,
  type CompatibilityLevel,
  versionsToCheck,
} from '../../../domain/event-pipelines/avro/compatibility.js';
import type { AvroSchema } from '../../../domain/event-pipelines/avro/avro-node.js';
import { isGuid } from '../../../domain/event-pipelines/avro/schema-guid.js';
import { checkSubject } from '../../../domain/event-pipelines/subject-name.js';
import { PenstockError } from '../../../domain/errors.js';
import type { Metrics } from '../../../domain/ports/metrics.port.js';
import type {
  CompatibilityVerdict,
  RegisteredSchema,
  RegisterOptions,
  SchemaReference,
  SchemaRegistry,
  SchemaVersion,
} from '../../../domain/ports/schema-registry.port.js';
import { BoundedCache } from '../../../domain/shared/bounded-cache.js';
import type { PostgresPool } from '../postgres-pool.js';
import { insertVersion } from './insert-version.js';
import {
  plainVersion,
  schemaBy,
  type Statements,
  type StoredVersion,
  versionBy,
  versionsOf,
  versionWith,
} from './registry-rows.js';
import { rulesFor } from './registry-rules.js';
import { RegistryTurn } from './registry-turn.js';
import { type GivenSchema, StoredSchemas } from './stored-schemas.js';

/** Schemas by id and GUID that are kept: what is found never changes. */
const MAX_KEPT = 1000;
/** Versions that a transitive level is held against; a subject with more takes no new ones by such a level. */
const MAX_CHECKED = 1000;

/** The registry inside the service. */
export class PostgresSchemaRegistry implements SchemaRegistry {
  private readonly kept = new BoundedCache<number | string, RegisteredSchema>(MAX_KEPT);
  private readonly schemas = new StoredSchemas();

  constructor(
    private readonly pool: PostgresPool,
    private readonly turn: RegistryTurn,
    private readonly metrics: Metrics,
  ) {}

  async register(
    subject: string,
    schema: string,
    references: readonly SchemaReference[] = [],
    options: RegisterOptions = {},
  ): Promise<SchemaVersion> {
    checkSubject(subject);
    try {
      const given = await this.schemas.given(this.pool, { schema, references }, options.normalize ?? false);
      // What producers do whenever they start: it needs no turn.
      const known = await versionWith(this.pool, subject, given.guid, 'without');
      if (known !== undefined && options.id === undefined) return this.registered(known, 'known');
      const added = await this.turn.take((client) => this.add(client, subject, given, options));
      return this.registered(added, 'added');
    } catch (cause) {
      if (cause instanceof PenstockError)
        this.metrics.count('penstock_schema_registrations_total', { outcome: 'refused' });
      throw cause;
    }
  }

  byId(id: number): Promise<RegisteredSchema | undefined> {
    return this.found('id', id);
  }

  async byGuid(guid: string): Promise<RegisteredSchema | undefined> {
    return isGuid(guid) ? this.found('guid', guid.toLowerCase()) : undefined;
  }

  async version(subject: string, version: number): Promise<SchemaVersion | undefined> {
    const found = await versionBy(this.pool, subject, version, 'with');
    return found && plainVersion(found);
  }

  async latest(subject: string): Promise<SchemaVersion | undefined> {
    const found = await versionBy(this.pool, subject, 'latest', 'without');
    return found && plainVersion(found);
  }

  async check(
    subject: string,
    schema: string,
    references: readonly SchemaReference[] = [],
    version?: number,
  ): Promise<CompatibilityVerdict> {
    const { avro } = await this.schemas.given(this.pool, { schema, references }, false);
    const { compatibility } = await rulesFor(this.pool, subject);
    const versions = await this.versionsFor(this.pool, subject, compatibility, version);
    const messages = await this.messages(this.pool, { compatibility, avro, versions });
    return { isCompatible: messages.length === 0, messages };
  }

  private async add(
    client: PoolClient,
    subject: string,
    given: GivenSchema,
    options: RegisterOptions,
  ): Promise<StoredVersion> {
    const { compatibility, mode } = await rulesFor(client, subject);
    if (mode === 'READONLY')
      throw new PenstockError('registry.read-only', `The subject "${subject}" is in read-only mode.`);
    if (mode !== 'IMPORT') {
      if (options.id !== undefined)
        throw new PenstockError('registry.read-only', `The subject "${subject}" is not in import mode.`);
      const known = await versionWith(client, subject, given.guid, 'without'); // by somebody who was faster
      if (known !== undefined) return known;
      const versions = await this.versionsFor(client, subject, compatibility);
      const messages = await this.messages(client, { compatibility, avro: given.avro, versions });
      if (messages.length > 0) throw incompatible(subject, messages);
    } else if (options.id === undefined) {
      throw new PenstockError(
        'registry.read-only',
        `The subject "${subject}" is in import mode: a schema brings its id.`,
      );
    }
    return insertVersion(client, { subject, given, options, isImport: mode === 'IMPORT' });
  }

  private async versionsFor(
    statements: Statements,
    subject: string,
    level: CompatibilityLevel,
    only?: number,
  ): Promise<readonly StoredVersion[]> {
    if (only !== undefined) {
      const found = await versionBy(statements, subject, only, 'without');
      if (found === undefined) throw new PenstockError('schema-version.unknown', `Version ${only} not found.`);
      return level === 'NONE' ? [] : [found];
    }
    const most = level.endsWith('_TRANSITIVE') ? MAX_CHECKED + 1 : 1;
    const versions = await versionsOf(statements, subject, 'without', most);
    if (versions.length > MAX_CHECKED) {
      const message = `A subject with more than ${MAX_CHECKED} versions cannot be held against all of them.`;
      throw new PenstockError('schema.invalid', message);
    }
    return versionsToCheck(level, versions);
  }

  private async messages(
    statements: Statements,
    check: {
      readonly compatibility: CompatibilityLevel;
      readonly avro: AvroSchema;
      readonly versions: readonly StoredVersion[];
    },
  ): Promise<string[]> {
    const messages: string[] = [];
    for (const stored of check.versions) {
      const schema = await this.schemas.avroOf(statements, stored);
      messages.push(...compatibilityMessages(check.compatibility, check.avro, [{ version: stored.version, schema }]));
      if (messages.length > 0) break; // one version that does not fit says enough
    }
    return messages;
  }

  private async found(column: 'id' | 'guid', key: number | string): Promise<RegisteredSchema | undefined> {
    const known = this.kept.get(key);
    this.metrics.count('penstock_schema_lookups_total', { found: known === undefined ? 'fetched' : 'cached' });
    if (known !== undefined) return known;
    const schema = await schemaBy(this.pool, column, key);
    if (schema === undefined) return undefined;
    this.kept.set(schema.id, schema);
    this.kept.set(schema.guid, schema);
    return schema;
  }

  private registered(version: StoredVersion, outcome: string): SchemaVersion {
    this.metrics.count('penstock_schema_registrations_total', { outcome });
    return plainVersion(version);
  }
}

function incompatible(subject: string, messages: readonly string[]): PenstockError {
  const faults = messages.map((message) => ({ path: 'schema', message }));
  const message = `The schema is incompatible with an earlier schema of the subject "${subject}": ${messages.join(' | ')}`;
  return new PenstockError('schema.incompatible', message, { faults });
}
