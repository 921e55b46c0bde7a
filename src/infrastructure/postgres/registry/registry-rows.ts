import type { QueryResult, QueryResultRow } from 'pg';
import type { SchemaPage, SchemaUse } from '../../../domain/ports/registry-catalog.port.js';
import type { Deleted } from '../../../domain/event-pipelines/version-id.js';
import type { RegisteredSchema, SchemaReference, SchemaVersion } from '../../../domain/ports/schema-registry.port.js';

/** The pool, or the connection of a transaction. */
export interface Statements {
  query<R extends QueryResultRow>(sql: string, values?: unknown[]): Promise<QueryResult<R>>;
}

interface SchemaRow {
  readonly id: number;
  readonly guid: string;
  readonly schema: string;
  readonly refs: SchemaReference[];
}

interface VersionRow extends SchemaRow {
  readonly subject: string;
  readonly version: number;
  readonly deleted: boolean;
}

/** A version with whether it was deleted softly. */
export interface StoredVersion extends SchemaVersion {
  readonly isDeleted: boolean;
}

const REFERENCES = `
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('name', r.name, 'subject', r.subject, 'version', r.version) ORDER BY r.position)
    FROM penstock.registry_reference r WHERE r.schema_id = s.id
  ), '[]') AS refs`;

const SELECT_VERSION = `
  SELECT v.subject, v.version, v.is_deleted AS deleted, s.id, s.guid, s.schema, ${REFERENCES}
  FROM penstock.registry_version v JOIN penstock.registry_schema s ON s.id = v.schema_id`;

/** As conditions on `v`, a version. */
export const DELETED: Readonly<Record<Deleted, string>> = {
  without: 'NOT v.is_deleted',
  with: 'true',
  only: 'v.is_deleted',
};

export async function schemaBy(
  statements: Statements,
  column: 'id' | 'guid',
  value: number | string,
): Promise<RegisteredSchema | undefined> {
  const { rows } = await statements.query<SchemaRow>(
    `SELECT s.id, s.guid, s.schema, ${REFERENCES} FROM penstock.registry_schema s WHERE s.${column} = $1`,
    [value],
  );
  const [row] = rows;
  return row && schemaOf(row);
}

export async function versionBy(
  statements: Statements,
  subject: string,
  version: number | 'latest',
  deleted: Deleted,
): Promise<StoredVersion | undefined> {
  const isLatest = version === 'latest';
  const { rows } = await statements.query<VersionRow>(
    `${SELECT_VERSION} WHERE v.subject = $1 AND ${DELETED[deleted]} ${isLatest ? '' : 'AND v.version = $2'}
     ORDER BY v.version DESC LIMIT 1`,
    isLatest ? [subject] : [subject, version],
  );
  return rows.map(versionOf)[0];
}

/** The version of a subject with this schema; of several, the newest. */
export async function versionWith(
  statements: Statements,
  subject: string,
  guid: string,
  deleted: Deleted,
): Promise<StoredVersion | undefined> {
  const { rows } = await statements.query<VersionRow>(
    `${SELECT_VERSION} WHERE v.subject = $1 AND s.guid = $2 AND ${DELETED[deleted]} ORDER BY v.version DESC LIMIT 1`,
    [subject, guid],
  );
  return rows.map(versionOf)[0];
}

/** The newest first. @param most at most so many */
export async function versionsOf(
  statements: Statements,
  subject: string,
  deleted: Deleted,
  most?: number,
): Promise<StoredVersion[]> {
  const { rows } = await statements.query<VersionRow>(
    `${SELECT_VERSION} WHERE v.subject = $1 AND ${DELETED[deleted]} ORDER BY v.version DESC LIMIT $2`,
    [subject, most],
  );
  return rows.map(versionOf);
}

/** In the order of subjects and versions. */
export async function versionPage(statements: Statements, page: SchemaPage): Promise<StoredVersion[]> {
  const newer = `SELECT FROM penstock.registry_version n WHERE n.subject = v.subject AND n.version > v.version`;
  const latest = `NOT EXISTS (${newer} AND ${DELETED[page.deleted].replace('v.', 'n.')})`;
  const { rows } = await statements.query<VersionRow>(
    `${SELECT_VERSION} WHERE starts_with(v.subject, $1) AND ${DELETED[page.deleted]} ${page.latestOnly ? `AND ${latest}` : ''}
     ORDER BY v.subject, v.version OFFSET $2 LIMIT $3`,
    [page.prefix, page.offset, page.limit],
  );
  return rows.map(versionOf);
}

function schemaOf({ id, guid, schema, refs }: SchemaRow): RegisteredSchema {
  return { id, guid, schema, references: refs };
}

function versionOf(row: VersionRow): StoredVersion {
  const { subject, version, deleted } = row;
  return { subject, version, ...schemaOf(row), isDeleted: deleted };
}

/** Ids of the schemas that refer to a version, in order; `without`: of those that are in use. */
export async function referrersOf(
  statements: Statements,
  { subject, version }: SchemaUse,
  deleted: Deleted,
): Promise<number[]> {
  const { rows } = await statements.query<{ id: number }>(
    `SELECT DISTINCT r.schema_id AS id FROM penstock.registry_reference r
     JOIN penstock.registry_version v ON v.schema_id = r.schema_id
     WHERE r.subject = $1 AND r.version = $2 AND ${DELETED[deleted]} ORDER BY r.schema_id`,
    [subject, version],
  );
  return rows.map(({ id }) => id);
}

export function plainVersion({ subject, version, id, guid, schema, references }: StoredVersion): SchemaVersion {
  return { subject, version, id, guid, schema, references };
}
