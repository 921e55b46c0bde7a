import type { PoolClient } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import type { Deleted } from '../../../domain/event-pipelines/version-id.js';
import { referrersOf, type StoredVersion } from './registry-rows.js';
import { rulesFor } from './registry-rules.js';

/** @throws PenstockError `registry.read-only` */
export async function refuseReadOnly(client: PoolClient, subject: string): Promise<void> {
  const { mode } = await rulesFor(client, subject);
  if (mode === 'READONLY') throw new PenstockError('registry.read-only', `Subject '${subject}' is in read-only mode`);
}

/** @param deleted whether only schemas count that are in use @throws PenstockError `schema.in-use` */
export async function refuseReferred(client: PoolClient, version: StoredVersion, deleted: Deleted): Promise<void> {
  const referrers = await referrersOf(client, version, deleted);
  if (referrers.length === 0) return;
  const message = `One or more references exist to the schema {subject=${version.subject},version=${version.version}}.`;
  throw new PenstockError('schema.in-use', message);
}

/** Softly; a subject without versions has no rules of its own either. */
export async function hideVersions(
  client: PoolClient,
  subject: string,
  versions: readonly StoredVersion[],
): Promise<void> {
  await client.query(
    'UPDATE penstock.registry_version SET is_deleted = true WHERE subject = $1 AND version = ANY ($2)',
    [subject, versions.map(({ version }) => version)],
  );
  for (const version of versions) await refuseReferred(client, version, 'without');
  await client.query(
    `DELETE FROM penstock.registry_rule WHERE subject = $1
     AND NOT EXISTS (SELECT FROM penstock.registry_version WHERE subject = $1 AND NOT is_deleted)`,
    [subject],
  );
}

/** For good, and with it a schema that nobody has any more. */
export async function eraseVersion(client: PoolClient, version: StoredVersion): Promise<void> {
  await refuseReferred(client, version, 'with');
  await client.query('DELETE FROM penstock.registry_version WHERE subject = $1 AND version = $2', [
    version.subject,
    version.version,
  ]);
  await client.query(
    `DELETE FROM penstock.registry_schema WHERE id = $1
     AND NOT EXISTS (SELECT FROM penstock.registry_version WHERE schema_id = $1)`,
    [version.id],
  );
}
