import { isGuid } from '../../../domain/event-pipelines/avro/schema-guid.js';
import { PenstockError } from '../../../domain/errors.js';
import type { RegistryCatalog, SchemaPage, SchemaUse } from '../../../domain/ports/registry-catalog.port.js';
import type { Deleted, VersionId } from '../../../domain/event-pipelines/version-id.js';
import type { RegisteredSchema, SchemaVersion } from '../../../domain/ports/schema-registry.port.js';
import type { PostgresPool } from '../postgres-pool.js';
import { unknownVersion } from './postgres-registry-subjects.js';
import { DELETED, plainVersion, referrersOf, schemaBy, versionBy, versionPage } from './registry-rows.js';

export class PostgresRegistryCatalog implements RegistryCatalog {
  constructor(private readonly pool: PostgresPool) {}

  async schema(key: number | string): Promise<RegisteredSchema> {
    const isKey = typeof key === 'number' || isGuid(key);
    const found = isKey ? await schemaBy(this.pool, typeof key === 'number' ? 'id' : 'guid', key) : undefined;
    if (found === undefined) throw new PenstockError('schema.unknown', `Schema ${key} not found`);
    return found;
  }

  async usesOf(id: number, deleted: Deleted): Promise<SchemaUse[]> {
    await this.schema(id);
    const { rows } = await this.pool.query<{ subject: string; version: number }>(
      `SELECT v.subject, v.version FROM penstock.registry_version v
       WHERE v.schema_id = $1 AND ${DELETED[deleted]} ORDER BY v.subject, v.version`,
      [id],
    );
    return rows;
  }

  async referrers(subject: string, version: VersionId): Promise<number[]> {
    const found = await versionBy(this.pool, subject, version, 'with');
    if (found === undefined) throw await unknownVersion(this.pool, { subject, version, deleted: 'with' });
    return referrersOf(this.pool, found, 'without');
  }

  async page(page: SchemaPage): Promise<SchemaVersion[]> {
    return (await versionPage(this.pool, page)).map(plainVersion);
  }
}
