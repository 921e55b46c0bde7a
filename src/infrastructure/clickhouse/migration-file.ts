import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PenstockError } from '../../domain/errors.js';

/** One file of migrations/clickhouse, cut into its statements. */
export interface MigrationFile {
  readonly name: string;
  readonly up: readonly string[];
  /** Undefined where the file has no `-- down:` section; empty where there is nothing to undo. */
  readonly down: readonly string[] | undefined;
}

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;
const DOWN_SECTION = /^-- down:.*$/m;

/** All migrations of a folder in the order of their numbers. @throws PenstockError `migration.failed` */
export async function readMigrationFiles(folder: string): Promise<MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).toSorted();
  return Promise.all(
    names.map(async (name) => parseMigration(name.slice(0, -4), await readFile(join(folder, name), 'utf8'))),
  );
}

/** A statement ends with a `;` that ends a line; lines that begin with `--` are comments. */
export function parseMigration(name: string, text: string): MigrationFile {
  const [up = '', down] = text.split(DOWN_SECTION, 2);
  const statements = cut(up);
  if (statements.length === 0) throw new PenstockError('migration.failed', `The migration "${name}" has no statement.`);
  return { name, up: statements, down: down === undefined ? undefined : cut(down) };
}

function cut(section: string): string[] {
  const code = section
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('--'))
    .join('\n');
  return code
    .split(/;[ \t\r]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** Of the statement as written, before it is fitted to a cluster: the same file is the same migration everywhere. */
export function statementChecksum(statement: string): string {
  return createHash('sha256').update(statement).digest('hex');
}

const ON_CLUSTER = / ON CLUSTER '\{cluster\}'/g;
const REPLICATED_ENGINE = /\bENGINE\s*=\s*Replicated(?=\w*MergeTree)/gi;

/**
 * Files are written for a cluster (`ON CLUSTER '{cluster}'`, `ENGINE = ReplicatedMergeTree`), which is ClickHouse's own
 * notation; on a single server both fall away.
 */
export function fitToServer(statement: string, cluster: string | undefined): string {
  if (cluster === undefined) return statement.replaceAll(ON_CLUSTER, '').replaceAll(REPLICATED_ENGINE, 'ENGINE = ');
  const quoted = `'${cluster.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return statement.replaceAll(ON_CLUSTER, () => ` ON CLUSTER ${quoted}`);
}
