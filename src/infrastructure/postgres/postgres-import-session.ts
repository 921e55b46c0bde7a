import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import type { ImportRequest, ImportSession, RefusedRow, RowBatch } from '../../domain/ports/warehouse-imports.port.js';
import type { BadRow } from '../../domain/sales-reporting/bad-row.js';
import { isoDateText } from '../../domain/sales-reporting/cell-checks/date-format.js';
import type { PartitionRange, RowPlace } from '../../domain/sales-reporting/import-table.js';
import { DuplicateSession } from './duplicate-session.js';
import type { LiveTable } from './import-table.js';
import type { PostgresPool } from './postgres-pool.js';
import type { RejectSpool } from './reject-spool.js';
import { RowLane } from './row-lane.js';
import { splitBatch, wholeBatch } from './row-part.js';
import type { SecondStage } from './second-stage.js';
import { both } from './settled.js';
import { StagedPartitions } from './staged-partitions.js';

/** Longest name of PostgreSQL, in bytes. */
const MAX_NAME_BYTES = 63;
/** A smaller file is not worth a stage. */
const MIN_STAGED_BYTES = 500_000;
/** Refused rows kept in memory while they may have to be told again. */
const MAX_REMEMBERED = 50_000;

export interface SessionParts {
  /** For a second connection. */
  readonly pool: PostgresPool;
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
  private lane: RowLane;
  private staged: StagedPartitions | undefined;
  /** Set as long as rows go there. */
  private second: SecondStage | undefined;
  private shared: SecondStage | undefined;
  private isShared = false;
  private secondLane: RowPlace | undefined;
  private mayStage: boolean;
  /** What the database refused, batch by batch, by places in the file's order, as long as rows may have to be told again. */
  private readonly refusals = new Map<number, readonly RefusedRow[]>();
  private refusedRows = 0;
  private batches = 0;

  constructor(private readonly parts: SessionParts) {
    this.mayStage = parts.toleratedTriggers !== undefined;
    this.lane = new RowLane(parts.client, parts.table, parts.request);
  }

  async begin(): Promise<void> {
    await this.parts.client.query('SAVEPOINT penstock_batch');
  }

  async write(batch: RowBatch): Promise<readonly RefusedRow[]> {
    const isFirst = this.mayStage;
    this.mayStage = false;
    try {
      const refused = (isFirst && (await this.writeStaged(batch))) || (await this.store(batch));
      this.remember(batch, refused);
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
    await this.staged.gather();
    this.second = undefined;
    const { quoted: staged } = this.staged;
    const { copy } = this.lane;
    return DuplicateSession.open({ client, table, request, spool, staged, copy, refused: this.refusals });
  }

  /** Ends the second connection. @returns tables that stay, unless the import has made partitions of them */
  close(): readonly string[] {
    return this.shared?.close() ?? [];
  }

  private remember(batch: RowBatch, refused: readonly RefusedRow[]): void {
    if (this.staged !== undefined && refused.length > 0 && this.refusedRows <= MAX_REMEMBERED) {
      this.refusals.set(
        this.batches,
        refused.map((fault) => ({ ...fault, row: batch.originOf?.(fault.row) ?? fault.row })),
      );
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
    const isSuited = this.staged.suits(batch.groups);
    if (isSuited === false) return this.withoutStage();
    if (batch.groups !== undefined) this.second = this.shared = await this.staged.share(this.parts, batch.groups);
    this.isShared = true;
    // Keys that come twice are found when their index is built.
    this.lane = new RowLane(client, { ...table, quoted: this.staged.quoted, uniqueKeys: [] }, this.parts.request);
    const refused = await this.store(batch);
    return (isSuited ?? (await this.staged.isWorthwhile())) ? refused : this.withoutStage();
  }

  private async withoutStage(): Promise<undefined> {
    const { client, table, request } = this.parts;
    this.staged = undefined;
    this.lane = new RowLane(client, table, request);
    await client.query('ROLLBACK TO SAVEPOINT penstock_stage; SAVEPOINT penstock_batch');
  }

  private async store(batch: RowBatch): Promise<readonly RefusedRow[]> {
    const { lane, second, staged } = this;
    if (second === undefined || staged === undefined || batch.groups === undefined)
      return lane.store(wholeBatch(batch));
    const [own, others] = splitBatch(batch, (place) => staged.isSecond(place));
    const [here, there] = await both(lane.store(own), second.store(others));
    return [...here, ...there].sort((a, b) => a.row - b.row);
  }

  /**
   * Without indexes it is work for nothing to bring the rows of each partition together: PostgreSQL makes room for as many
   * rows of a partition as come in a row, anew for each COPY. With two connections those of each are brought together.
   */
  laneOf(place: RowPlace): RowPlace | undefined {
    // Before, it is not known yet which connection they are for.
    if (this.staged === undefined || !this.isShared) return undefined;
    return this.staged.isSecond(place) ? (this.secondLane ??= place) : 'default';
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

/** `sales_report_2025_01`; with the day where the month is shared. */
function partitionName(table: string, from: number): string {
  const day = isoDateText(from).split('-');
  const ending = (day[2] === '01' ? day.slice(0, 2) : day).join('_');
  let stem = table;
  while (Buffer.byteLength(`${stem}_${ending}`) > MAX_NAME_BYTES) stem = stem.slice(0, -1);
  return `${stem}_${ending}`;
}
