import type { PoolClient } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import type { Deleted, VersionId } from '../../../domain/event-pipelines/version-id.js';
import type { LookedUpSchema, RegistrySubjects } from '../../../domain/ports/registry-subjects.port.js';
import type { SchemaVersion } from '../../../domain/ports/schema-registry.port.js';
import type { PostgresPool } from '../postgres-pool.js';
import { eraseVersion, hideVersions, refuseReferred, refuseReadOnly } from './delete-versions.js';
import {
  plainVersion,
  type Statements,
  type StoredVersion,
  versionBy,
  versionsOf,
  versionWith,
} from './registry-rows.js';
import type { RegistryTurn } from './registry-turn.js';
import { StoredSchemas } from './stored-schemas.js';

/** Most subjects of one list. */
const MAX_LISTED = 100_000;

export class PostgresRegistrySubjects implements RegistrySubjects {
  private readonly schemas = new StoredSchemas();

  constructor(
    private readonly pool: PostgresPool,
    private readonly turn: RegistryTurn,
  ) {}

  async list(prefix: string, deleted: Deleted): Promise<string[]> {
    const having = { without: 'NOT bool_and(is_deleted)', with: 'true', only: 'bool_and(is_deleted)' }[deleted];
    const { rows } = await this.pool.query<{ subject: string }>(
      `SELECT subject FROM penstock.registry_version WHERE starts_with(subject, $1)
       GROUP BY subject HAVING ${having} ORDER BY subject LIMIT $2`,
      [prefix, MAX_LISTED],
    );
    return rows.map(({ subject }) => subject);
  }

  async versions(subject: string, deleted: Deleted): Promise<number[]> {
    const found = await versionsOf(this.pool, subject, deleted);
    if (found.length === 0) throw unknownSubject(subject);
    return found.map(({ version }) => version).reverse();
  }

  async version(subject: string, version: VersionId, deleted: Deleted): Promise<SchemaVersion> {
    const found = await versionBy(this.pool, subject, version, deleted);
    if (found === undefined) throw await unknownVersion(this.pool, { subject, version, deleted });
    return plainVersion(found);
  }

  async lookUp(
    subject: string,
    { schema, references, normalize }: LookedUpSchema,
    deleted: Deleted,
  ): Promise<SchemaVersion> {
    if ((await versionBy(this.pool, subject, 'latest', deleted)) === undefined) throw unknownSubject(subject);
    const { guid } = await this.schemas.given(this.pool, { schema, references }, normalize);
    const found = await versionWith(this.pool, subject, guid, deleted);
    if (found === undefined) throw new PenstockError('schema.unknown', 'Schema not found');
    return plainVersion(found);
  }

  removeVersion(subject: string, version: VersionId, permanent: boolean): Promise<number> {
    return this.turn.take(async (client) => {
      await refuseReadOnly(client, subject);
      const found = await toRemove(client, { subject, version, permanent });
      if (permanent) await eraseVersion(client, found);
      else await hideVersions(client, subject, [found]);
      return found.version;
    });
  }

  removeSubject(subject: string, permanent: boolean): Promise<number[]> {
    return this.turn.take(async (client) => {
      await refuseReadOnly(client, subject);
      const all = await versionsOf(client, subject, 'with');
      const live = all.filter(({ isDeleted }) => !isDeleted);
      if (all.length === 0) throw unknownSubject(subject);
      const removed = permanent ? all : live;
      if (permanent) await eraseSubject(client, subject, { all, live });
      else await hideSubject(client, subject, live);
      return removed.map(({ version }) => version).reverse();
    });
  }
}

async function hideSubject(client: PoolClient, subject: string, live: readonly StoredVersion[]): Promise<void> {
  if (live.length === 0) {
    const message = `Subject '${subject}' was soft deleted. Set permanent=true to delete permanently`;
    throw new PenstockError('subject.deleted', message);
  }
  await hideVersions(client, subject, live);
}

async function eraseSubject(
  client: PoolClient,
  subject: string,
  { all, live }: Readonly<Record<'all' | 'live', readonly StoredVersion[]>>,
): Promise<void> {
  if (live.length > 0) {
    const message = `Subject '${subject}' was not deleted first before being permanently deleted`;
    throw new PenstockError('subject.not-deleted', message);
  }
  // The newest first: they may refer to older ones.
  for (const version of all) await eraseVersion(client, version);
}

async function toRemove(
  client: PoolClient,
  {
    subject,
    version,
    permanent,
  }: { readonly subject: string; readonly version: VersionId; readonly permanent: boolean },
): Promise<StoredVersion> {
  const live = await versionBy(client, subject, version, 'without');
  const found = (permanent ? undefined : live) ?? (await versionBy(client, subject, version, 'with'));
  if (found === undefined) throw await unknownVersion(client, { subject, version, deleted: 'with' });
  const name = `Subject '${subject}' Version ${found.version}`;
  if (found.isDeleted && !permanent) {
    const message = `${name} was soft deleted. Set permanent=true to delete permanently`;
    throw new PenstockError('schema-version.deleted', message);
  }
  if (!found.isDeleted && permanent) {
    const message = `${name} was not deleted first before being permanently deleted`;
    throw new PenstockError('schema-version.not-deleted', message);
  }
  await refuseReferred(client, found, permanent ? 'with' : 'without');
  return found;
}

function unknownSubject(subject: string): PenstockError {
  return new PenstockError('subject.unknown', `Subject '${subject}' not found.`);
}

export async function unknownVersion(
  statements: Statements,
  { subject, version, deleted }: { readonly subject: string; readonly version: VersionId; readonly deleted: Deleted },
): Promise<PenstockError> {
  const any = await versionBy(statements, subject, 'latest', deleted);
  if (any === undefined) return unknownSubject(subject);
  return new PenstockError('schema-version.unknown', `Version ${version} not found.`);
}
