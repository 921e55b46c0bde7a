import type { PoolClient } from 'pg';
import { PenstockError } from '../../../domain/errors.js';
import type { RegisterOptions } from '../../../domain/ports/schema-registry.port.js';
import { schemaBy, type StoredVersion, versionBy } from './registry-rows.js';
import type { GivenSchema } from './stored-schemas.js';

export interface NewVersion {
  readonly subject: string;
  readonly given: GivenSchema;
  readonly options: RegisterOptions;
  readonly isImport: boolean;
}

/** Within the turn of the registry. @throws PenstockError `schema-version.invalid`, `registry.read-only` */
export async function insertVersion(client: PoolClient, entry: NewVersion): Promise<StoredVersion> {
  const { subject, given, options } = entry;
  const id = await schemaId(client, given, options.id);
  const next = await nextVersion(client, subject);
  const version = options.version === undefined || options.version === -1 ? next : options.version;
  if (version !== next && !entry.isImport) {
    throw new PenstockError('schema-version.invalid', `The next version of the subject "${subject}" is ${next}.`);
  }
  const present = await versionBy(client, subject, version, 'with');
  if (present !== undefined) return samePresent(present, id);
  await client.query('INSERT INTO penstock.registry_version (subject, version, schema_id) VALUES ($1, $2, $3)', [
    subject,
    version,
    id,
  ]);
  return {
    subject,
    version,
    id,
    guid: given.guid,
    schema: given.text,
    references: given.references,
    isDeleted: false,
  };
}

function samePresent(present: StoredVersion, id: number): StoredVersion {
  if (present.id === id && !present.isDeleted) return present;
  const message = `Version ${present.version} of the subject "${present.subject}" is another schema.`;
  throw new PenstockError('registry.read-only', message);
}

async function nextVersion(client: PoolClient, subject: string): Promise<number> {
  const { rows } = await client.query<{ next: number }>(
    'SELECT coalesce(max(version), 0) + 1 AS next FROM penstock.registry_version WHERE subject = $1',
    [subject],
  );
  return rows[0]?.next ?? 1;
}

/** The id of the schema, which is there already, or is added. */
async function schemaId(client: PoolClient, given: GivenSchema, wanted: number | undefined): Promise<number> {
  const known = await schemaBy(client, 'guid', given.guid);
  if (known !== undefined) {
    if (wanted === undefined || wanted === known.id) return known.id;
    throw new PenstockError('registry.read-only', `The schema has the id ${known.id} already.`);
  }
  if (wanted !== undefined) return importSchema(client, given, wanted);
  const { rows } = await client.query<{ id: number }>(
    'INSERT INTO penstock.registry_schema (guid, schema) VALUES ($1, $2) RETURNING id',
    [given.guid, given.text],
  );
  const id = rows[0]?.id ?? 0;
  await insertReferences(client, id, given);
  return id;
}

async function importSchema(client: PoolClient, given: GivenSchema, id: number): Promise<number> {
  if ((await schemaBy(client, 'id', id)) !== undefined) {
    throw new PenstockError('registry.read-only', `The id ${id} is that of another schema.`);
  }
  await client.query('INSERT INTO penstock.registry_schema (id, guid, schema) VALUES ($1, $2, $3)', [
    id,
    given.guid,
    given.text,
  ]);
  // Ids that are given later are larger than any that was brought.
  await client.query(`
    SELECT setval(sequence, greatest((SELECT max(id) FROM penstock.registry_schema), nextval(sequence)))
    FROM (SELECT pg_get_serial_sequence('penstock.registry_schema', 'id')::regclass AS sequence) AS of_ids`);
  await insertReferences(client, id, given);
  return id;
}

async function insertReferences(client: PoolClient, id: number, { references }: GivenSchema): Promise<void> {
  for (const [position, { name, subject, version }] of references.entries()) {
    await client.query('INSERT INTO penstock.registry_reference VALUES ($1, $2, $3, $4, $5)', [
      id,
      position,
      name,
      subject,
      version,
    ]);
  }
}
