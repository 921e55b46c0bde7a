import { type ClientBase, DatabaseError } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type {
  ImportError,
  ImportListQuery,
  ImportOutcome,
  ImportPage,
  ImportRecord,
  ImportRequest,
  ImportSession,
  WarehouseImports,
} from '../../domain/ports/warehouse-imports.port.js';
import type { ImportTable } from '../../domain/sales-reporting/import-table.js';
import { ensureErrorTable, storeErrors } from './error-table.js';
import type { ImportCompletion, LoadedRows } from './import-completion.js';
import { fromRecordRow, insertRecord, RECORD_COLUMNS, recordOf, type RecordRow } from './import-records.js';
import { describeTable, type LiveTable, quotedName } from './import-table.js';
import { sqlState } from './migration-session.js';
import { PostgresImportSession } from './postgres-import-session.js';
import type { PostgresPool } from './postgres-pool.js';
import { RejectSpool } from './reject-spool.js';
import { dropLeftovers, dropStage } from './stage-leftovers.js';
import { NotStageable } from './staged-partitions.js';

const UNIQUE_VIOLATION = '23505';
const SETTINGS = `SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL DateStyle = 'ISO, YMD'`;
/** An import takes as long as its file: its statements have no limit of their own. */
const UNLIMITED = 0;

export interface ImportParts {
  readonly pool: PostgresPool;
  readonly completion: ImportCompletion;
  readonly clock: Clock;
}

/** Carries what is not the database's trouble past those who would take it for that. */
class LoadFailed extends Error {
  override readonly name = 'LoadFailed';
}

type Load = (session: ImportSession) => Promise<ImportOutcome>;

/** Imports into PostgreSQL, recorded in `penstock.imports`. */
export class PostgresWarehouseImports implements WarehouseImports {
  constructor(private readonly parts: ImportParts) {}

  async describe(table: string): Promise<ImportTable> {
    // An import is recorded at its end, where it would be too late to find that there is no place for it.
    await this.parts.pool.query('SELECT FROM penstock.imports LIMIT 0');
    return this.parts.pool.transaction(async (client) => {
      await client.query(`SET LOCAL DateStyle = 'ISO, YMD'`);
      return describeTable(client, table);
    });
  }

  async findEarlier(
    table: string,
    { bytes, sha256 }: { readonly bytes: number; readonly sha256?: string },
  ): Promise<ImportRecord | undefined> {
    const { rows } = await this.parts.pool.query<RecordRow>(
      `SELECT ${RECORD_COLUMNS} FROM penstock.imports
       WHERE table_oid = to_regclass($1) AND content_bytes = $2 AND state = 'succeeded'
         AND ($3::text IS NULL OR content_sha256 = $3)
       ORDER BY number LIMIT 1`,
      [quotedName(table), bytes, sha256 ?? null],
    );
    return rows[0] && fromRecordRow(rows[0]);
  }

  async run(request: ImportRequest, load: Load): Promise<ImportRecord> {
    const { signal } = request;
    try {
      const { record, stored } = await this.inSession(request, load);
      if (stored !== undefined) await this.parts.completion.committed(stored);
      return record;
    } catch (cause) {
      if (signal?.aborted)
        throw new PenstockError('import.cancelled', 'The import was cancelled; nothing of it stayed.');
      throw cause instanceof LoadFailed ? cause.cause : translate(cause, request.table);
    }
  }

  async list({ table, after, limit }: ImportListQuery): Promise<ImportPage> {
    const { rows } = await this.parts.pool.query<RecordRow>(
      `SELECT ${RECORD_COLUMNS} FROM penstock.imports
       WHERE ($1::text IS NULL OR table_name = $1) AND ($2::bigint IS NULL OR number < $2)
       ORDER BY number DESC LIMIT $3`,
      [table ?? null, after ?? null, limit + 1],
    );
    const page = rows.slice(0, limit);
    const next = rows.length > limit ? page.at(-1)?.number : undefined;
    return { imports: page.map(fromRecordRow), ...(next !== undefined && { next }) };
  }

  async get(id: string): Promise<ImportRecord | undefined> {
    const { rows } = await this.parts.pool.query<RecordRow>(
      `SELECT ${RECORD_COLUMNS} FROM penstock.imports WHERE id::text = lower($1)`,
      [id],
    );
    return rows[0] && fromRecordRow(rows[0]);
  }

  async errors(
    { id, errorTable }: ImportRecord,
    { after = '0', limit }: { readonly after?: string; readonly limit: number },
  ): Promise<ImportError[]> {
    if (errorTable === undefined) return [];
    const { rows } = await this.parts.pool.query<ImportError>(
      `SELECT id::text, import_id AS "importId", table_name AS "tableName", line_number::float8 AS "lineNumber",
              raw_record AS "rawRecord", column_name AS "columnName", value, rule, message, created_at AS "createdAt"
       FROM ${quotedName(errorTable)} WHERE import_id = $1 AND id > $2::bigint ORDER BY id LIMIT $3`,
      [id, after, limit],
    );
    return rows;
  }

  private async inSession(request: ImportRequest, load: Load): Promise<Ended> {
    const { pool } = this.parts;
    const options = { statementTimeoutMs: UNLIMITED, signal: request.signal };
    const left: string[] = [];
    try {
      return await pool.session((client) => this.runOn({ client, request, load, left }), options);
    } finally {
      // Behind the end of the session, which holds locks on them until then.
      await dropStage(pool, left);
    }
  }

  /** The quick way first, where there is a second chance. */
  private async runOn(run: Run): Promise<Ended> {
    await dropLeftovers(run.client);
    if (!run.request.isRepeatable) return this.attempt(run);
    try {
      return await this.attempt(run, this.parts.completion.standsInFor);
    } catch (cause) {
      if (!(cause instanceof NotStageable)) throw cause;
      await run.client.query('ROLLBACK');
      return this.attempt(run);
    }
  }

  private async attempt({ client, request, load, left }: Run, toleratedTriggers?: readonly string[]): Promise<Ended> {
    const spools: RejectSpool[] = [];
    const newSpool = (): RejectSpool => {
      const spool = new RejectSpool({ importId: request.id, table: request.table });
      spools.push(spool);
      return spool;
    };
    let session: PostgresImportSession | undefined;
    try {
      await client.query(`BEGIN; ${SETTINGS}`);
      const table = await describeTable(client, request.table);
      const spool = newSpool();
      const { pool } = this.parts;
      session = new PostgresImportSession({ pool, client, table, request, spool, toleratedTriggers });
      await session.begin();
      const outcome = await loaded(load, session, session);
      const first = { request, table, outcome, spool, replaced: [] };
      // A trial ends here too: keys that come twice are to be told.
      if (outcome.verdict === 'refuse') return await this.end(client, first);
      return await this.end(client, { ...first, ...(await finished(session, load, first, newSpool)) });
    } finally {
      left.push(...(session?.close() ?? []));
      for (const spool of spools) await spool.close();
    }
  }

  private async end(client: ClientBase, { request, table, outcome, spool, replaced }: EndOf): Promise<Ended> {
    const record = recordOf(request, table.name, outcome, this.parts.clock.nowMs());
    const { oid: tableOid, quoted } = table;
    const { id: importId, imported: rows } = record;
    const stored = { importId, table: quoted, tableOid, rows, replacedPartitions: replaced };
    if (outcome.verdict === 'keep') {
      await this.parts.completion.loaded(client, stored);
    } else {
      await client.query('ROLLBACK');
      if (outcome.verdict === 'drop') return { record };
      await client.query(`BEGIN; ${SETTINGS}`);
    }
    if (request.errorTable !== undefined) {
      await ensureErrorTable(client, request.errorTable);
      await storeErrors(client, request.errorTable, spool);
    }
    if (record.state === 'succeeded' && !request.isForced) await refuseSecond(client, table, record);
    await insertRecord(client, record, { oid: table.oid, isForced: request.isForced });
    await client.query('COMMIT');
    return outcome.verdict === 'keep' ? { record, stored } : { record };
  }
}

interface Run {
  readonly client: ClientBase;
  readonly request: ImportRequest;
  readonly load: Load;
  /** Takes tables that are to be dropped when all is over, unless they have become partitions. */
  readonly left: string[];
}

interface Ended {
  readonly record: ImportRecord;
  /** Unset where nothing was stored. */
  readonly stored?: LoadedRows;
}

interface EndOf {
  readonly request: ImportRequest;
  readonly table: LiveTable;
  readonly outcome: ImportOutcome;
  readonly spool: RejectSpool;
  /** Partitions that are other tables now. */
  readonly replaced: readonly string[];
}

/** Runs the load; what is not the database's trouble is carried past those who would take it for that. */
async function loaded(load: Load, into: ImportSession, session: PostgresImportSession): Promise<ImportOutcome> {
  return load(into).catch((cause: unknown) => {
    throw session.hasFailed ? cause : new LoadFailed('The load failed.', { cause });
  });
}

/** Brings staged rows into the table; where keys come twice, goes through the file once more to find their lines. */
async function finished(
  session: PostgresImportSession,
  load: Load,
  { outcome, spool }: Pick<EndOf, 'outcome' | 'spool'>,
  newSpool: () => RejectSpool,
): Promise<Pick<EndOf, 'outcome' | 'spool' | 'replaced'>> {
  try {
    return { outcome, spool, replaced: await session.finish() };
  } catch (cause) {
    if (!(cause instanceof NotStageable)) throw cause;
    const second = newSpool();
    const duplicates = await session.withoutDuplicates(second);
    if (duplicates === undefined) throw cause;
    const again = await loaded(load, duplicates, session);
    if (again.verdict !== 'refuse') await duplicates.apply();
    const replaced = again.verdict === 'refuse' ? [] : await session.finish();
    return { outcome: again, spool: second, replaced };
  }
}

/** Also one that came by force; the index stops only two that come without, at the same time. */
async function refuseSecond(client: ClientBase, { oid, name }: LiveTable, { sha256 }: ImportRecord): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM penstock.imports WHERE table_oid = $1 AND content_sha256 = $2 AND state = 'succeeded' LIMIT 1`,
    [oid, sha256],
  );
  if (rows[0] !== undefined) throw duplicate(name, `by the import ${rows[0].id}`);
}

function duplicate(table: string, how: string): PenstockError {
  const message = `This content is in "${table}" already, ${how}; nothing was imported.`;
  return new PenstockError('import.duplicate', message);
}

/** What the pool has not translated yet: words of the server, which may hold values, stay behind. */
function translate(cause: unknown, table: string): unknown {
  if (!(cause instanceof DatabaseError)) return cause;
  const state = sqlState(cause);
  if (state === UNIQUE_VIOLATION && cause.constraint === 'imports_content')
    return duplicate(table, 'by another import at the same time');
  return new PenstockError('warehouse.refused', `PostgreSQL refused the import (SQLSTATE ${state}).`, { cause });
}
