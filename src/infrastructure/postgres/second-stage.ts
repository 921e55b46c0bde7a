import type { ClientBase } from 'pg';
import type { ImportRequest, RefusedRow } from '../../domain/ports/warehouse-imports.port.js';
import type { LiveTable } from './import-table.js';
import type { PostgresPool, Session } from './postgres-pool.js';
import type { Leaf } from './replaceable-leaves.js';
import { RowLane } from './row-lane.js';
import type { RowPart } from './row-part.js';
import { holdStage } from './stage-leftovers.js';
import { type BuildPlan, LIKE, type StagedLeaf, StageTables } from './stage-tables.js';

const SHAPE = 'pg_temp.penstock_shape';
/** Somebody may wait to change the table: behind him the stage would wait too, and he waits for the import. */
const SHAPE_WAIT_MS = 1000;
const SETTINGS = `SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL DateStyle = 'ISO, YMD'`;

export interface SecondStageParts {
  readonly pool: PostgresPool;
  /** The connection of the import itself. */
  readonly client: ClientBase;
  readonly table: LiveTable;
  readonly request: ImportRequest;
  readonly partitionKey: string;
}

/**
 * A stage for some of the empty partitions over a connection of its own, so that PostgreSQL works with two processors. Its
 * tables become visible, beside the table and not in it, by a commit of its own, in the moment in which the import has
 * the table for itself and is about to attach them: what ends before leaves nothing, what ends in that moment leaves tables
 * that hang on nothing, and the next import drops them.
 */
export class SecondStage {
  /** Once it is built: tables that can take the places of partitions. */
  built: readonly StagedLeaf[] = [];
  private readonly tables: StageTables;
  private readonly lane: RowLane;
  private isBuilt = false;
  private state: 'open' | 'committed' | 'closed' = 'open';

  private constructor(
    private readonly session: Session,
    { table, request, partitionKey }: SecondStageParts,
  ) {
    const { client } = session;
    this.tables = new StageTables(client, { schema: table.schema, like: SHAPE, partitionKey });
    // Keys that come twice are found when their index is built.
    this.lane = new RowLane(client, { ...table, quoted: this.tables.quoted, uniqueKeys: [] }, request);
  }

  /** @returns undefined where no connection is free for it, or PostgreSQL does not let it be: one connection does as well */
  static async open(parts: SecondStageParts, leaves: readonly Leaf[]): Promise<SecondStage | undefined> {
    const { pool, client, table, request } = parts;
    if (leaves.length === 0) return undefined;
    const session = await pool.openSpare({ statementTimeoutMs: 0, signal: request.signal }).catch(() => undefined);
    if (session === undefined) return undefined;
    const second = new SecondStage(session, parts);
    try {
      await holdStage(client, second.tables.number);
      await second.begin(table, leaves);
      return second;
    } catch {
      second.close();
      return undefined;
    }
  }

  /** The partitions whose rows belong here. */
  get leaves(): readonly StagedLeaf[] {
    return this.tables.leaves;
  }

  store(part: RowPart): Promise<readonly RefusedRow[]> {
    return this.lane.store(part);
  }

  /** Builds the indexes. When it fails, the rows are there as before. */
  async build(plan: BuildPlan): Promise<void> {
    const { client } = this.session;
    const filled = await this.tables.filled();
    await client.query('SAVEPOINT penstock_build');
    try {
      await this.tables.build(filled, plan);
      await client.query(`DROP TABLE ${this.tables.quoted}`);
    } catch (cause) {
      await client.query('ROLLBACK TO SAVEPOINT penstock_build');
      throw cause;
    }
    this.isBuilt = true;
    this.built = filled;
  }

  /** From now on the import sees the tables. @returns those with rows, quoted */
  async commit(): Promise<readonly string[]> {
    if (this.state === 'open') await this.session.client.query('COMMIT');
    this.state = 'committed';
    return this.isBuilt ? this.built.map(({ staged }) => staged) : [this.tables.quoted];
  }

  /** Ends the connection. @returns tables that are there for good now, unless the import has made partitions of them */
  close(): readonly string[] {
    const { state } = this;
    // For good: it has a temporary table, and a transaction that may be open.
    if (state !== 'closed') this.session.close('failed');
    this.state = 'closed';
    return state === 'committed' ? [this.tables.quoted, ...this.leaves.map(({ staged }) => staged)] : [];
  }

  /** The table is looked at in a transaction before: otherwise it would be locked until the commit, which waits for that lock. */
  private async begin(table: LiveTable, leaves: readonly Leaf[]): Promise<void> {
    const { client } = this.session;
    await client.query(`BEGIN; SET LOCAL lock_timeout = ${SHAPE_WAIT_MS};
      CREATE TEMPORARY TABLE penstock_shape (LIKE ${table.quoted} ${LIKE}); COMMIT; BEGIN; ${SETTINGS}`);
    await this.tables.create(leaves);
    await client.query('SAVEPOINT penstock_batch');
  }
}
