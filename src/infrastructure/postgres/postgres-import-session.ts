import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import type { ImportRequest, ImportSession, RefusedRow, RowBatch } from '../../domain/ports/warehouse-imports.port.js';
import type { BadRow } from '../../domain/sales-reporting/bad-row.js';
import { isoDateText } from '../../domain/sales-reporting/cell-checks/date-format.js';
import type { PartitionRange } from '../../domain/sales-reporting/import-table.js';
import { copyRows } from './copy-rows.js';
import { DuplicateSession } from './duplicate-session.js';
import type { LiveTable } from './import-table.js';
import { isAboutRows, RefusedRows } from './refused-rows.js';
import type { RejectSpool } from './reject-spool.js';
import { StagedPartitions } from './staged-partitions.js';

/** Longest name of PostgreSQL, in bytes. */
const MAX_NAME_BYTES = 63;
const NEXT_BATCH = 'RELEASE SAVEPOINT penstock_batch; SAVEPOINT penstock_batch';
/** A smaller file is not worth a stage. */
const MIN_STAGED_BYTES = 500_000;
/** Refused rows kept in memory while they may have to be told again. */
const MAX_REMEMBERED = 50_000;

export interface SessionParts {
  readonly client: ClientBase;
  readonly table: LiveTable;
  readonly request: ImportRequest;
  readonly spool: RejectSpool;
  /** Functions of triggers that need not see the rows; undefined where partitions must not be replaced. */
  readonly toleratedTriggers: readonly string[] | undefined;
}

/**
 * Rows by COPY, so that routing and constraints are PostgreSQL's: into the table itself, or into a stage where most of them
 * belong into empty partitions. Each batch is a statement of its own behind a savepoint: a refused one is taken back alone,
 * and goes the slow way.
 */
export class PostgresImportSession implements ImportSession {
  /** Whether the database was in trouble, rather than the file. */
  hasFailed = false;
  private way: Way;
  private staged: StagedPartitions | undefined;
  private mayStage: boolean;
  /** What the database refused, batch by batch, as long as rows may have to be told again. */
  private readonly refusals = new Map<number, readonly RefusedRow[]>();
  private refusedRows = 0;
  private batches = 0;

  constructor(private readonly parts: SessionParts) {
    this.mayStage = parts.toleratedTriggers !== undefined;
    this.way = wayInto(parts, parts.table);
  }

  async begin(): Promise<void> {
    await this.parts.client.query('SAVEPOINT penstock_batch');
  }

  async write(batch: RowBatch): Promise<readonly RefusedRow[]> {
    const isFirst = this.mayStage;
    this.mayStage = false;
    try {
      const refused = (isFirst && (await this.writeStaged(batch))) || (await this.store(batch));
      this.remember(refused);
      return refused;
    } catch (cause) {
      this.hasFailed = true;
      throw cause;
    }
  }

  /** Brings staged rows into the table. @returns partitions that were replaced. @throws NotStageable */
  async finish(): Promise<string[]> {
    return (await this.staged?.finish()) ?? [];
  }

  /** For rows whose keys came twice, when `finish` has said so. @returns undefined where they are to be loaded row by row */
  async withoutDuplicates(spool: RejectSpool): Promise<DuplicateSession | undefined> {
    const { client, table, request } = this.parts;
    if (this.staged === undefined || this.refusedRows > MAX_REMEMBERED) return undefined;
    await client.query('ROLLBACK TO SAVEPOINT penstock_finish');
    const { quoted: staged } = this.staged;
    const { copy } = this.way;
    return DuplicateSession.open({ client, table, request, spool, staged, copy, refused: this.refusals });
  }

  private remember(refused: readonly RefusedRow[]): void {
    if (this.staged !== undefined && refused.length > 0 && this.refusedRows <= MAX_REMEMBERED) {
      this.refusals.set(this.batches, refused);
      this.refusedRows += refused.length;
    }
    this.batches += 1;
  }

  /** Tries the stage with the first batch. @returns undefined where the table itself is the better way */
  private async writeStaged(batch: RowBatch): Promise<readonly RefusedRow[] | undefined> {
    const { client, table, toleratedTriggers = [] } = this.parts;
    if (batch.length < MIN_STAGED_BYTES) return undefined;
    // Behind whatever was done before, such as partitions that were made.
    await client.query('RELEASE SAVEPOINT penstock_batch; SAVEPOINT penstock_stage; SAVEPOINT penstock_batch');
    this.staged = await StagedPartitions.open(client, table, toleratedTriggers);
    if (this.staged === undefined) return undefined;
    // Keys that come twice are found when their index is built.
    this.way = wayInto(this.parts, { ...table, quoted: this.staged.quoted, uniqueKeys: [] });
    const refused = await this.store(batch);
    if (await this.staged.isWorthwhile()) return refused;
    this.staged = undefined;
    this.way = wayInto(this.parts, table);
    await client.query('ROLLBACK TO SAVEPOINT penstock_stage; SAVEPOINT penstock_batch');
    return undefined;
  }

  private async store(batch: RowBatch): Promise<readonly RefusedRow[]> {
    const { client } = this.parts;
    try {
      const stored = await copyRows(client, this.way.copy, batch.bytes.subarray(0, batch.length));
      // Should PostgreSQL ever read a line differently than the scanner, nothing is kept.
      if (stored !== batch.rows && !this.parts.table.mayDropRows)
        throw new PenstockError('internal.defect', `PostgreSQL stored ${stored} of ${batch.rows} rows.`);
      return [];
    } catch (cause) {
      if (!isAboutRows(cause)) throw cause;
      await client.query('ROLLBACK TO SAVEPOINT penstock_batch');
      return this.way.refused.store(batch);
    }
  }

  reject(rows: readonly BadRow[]): Promise<void> {
    return this.parts.spool.add(rows);
  }

  /** A table that is attached blocks nobody who reads the others; one created as a partition would, until the commit. */
  async createPartition({ from, to }: Omit<PartitionRange, 'name'>): Promise<string> {
    const { client, table } = this.parts;
    const name = partitionName(table.bareName, from);
    const quoted = `${escapeIdentifier(table.schema)}.${escapeIdentifier(name)}`;
    const bounds = [from, to].map((day) => escapeLiteral(isoDateText(day))).join(') TO (');
    const bound = `FOR VALUES FROM (${bounds})`;
    await client.query(`
      CREATE TABLE ${quoted} (LIKE ${table.quoted} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE);
      ALTER TABLE ${table.quoted} ATTACH PARTITION ${quoted} ${bound}`);
    if (this.staged !== undefined) {
      const { rows } = await client.query<{ oid: number }>('SELECT to_regclass($1)::oid::int8::float8 AS oid', [
        quoted,
      ]);
      await this.staged.add({ oid: rows[0]?.oid ?? 0, name, quoted, bound, isEmpty: true });
    }
    return name;
  }
}

/** How rows get into a table: quickly, and where that fails, slowly. */
interface Way {
  readonly copy: string;
  readonly refused: RefusedRows;
}

function wayInto({ client, request }: SessionParts, table: LiveTable): Way {
  const columns = request.columns.map((name) => escapeIdentifier(name)).join(', ');
  const options = `(FORMAT csv, DELIMITER ${escapeLiteral(request.delimiter)}, ENCODING 'UTF8')`;
  return {
    copy: `${NEXT_BATCH}; COPY ${table.quoted} (${columns}) FROM STDIN ${options}`,
    refused: new RefusedRows(client, table, request.columns, options),
  };
}

/** `sales_report_2025_01`; with the day where the month is shared. */
function partitionName(table: string, from: number): string {
  const day = isoDateText(from).split('-');
  const ending = (day[2] === '01' ? day.slice(0, 2) : day).join('_');
  let stem = table;
  while (Buffer.byteLength(`${stem}_${ending}`) > MAX_NAME_BYTES) stem = stem.slice(0, -1);
  return `${stem}_${ending}`;
}
