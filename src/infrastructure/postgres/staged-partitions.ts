import { randomBytes } from 'node:crypto';
import { type ClientBase, DatabaseError, escapeIdentifier } from 'pg';
import type { LiveTable } from './import-table.js';
import { isUnreachable, sqlState } from './migration-session.js';
import { StagedIndexes } from './staged-indexes.js';
import { type Leaf, replaceableLeaves, withOtherRights } from './replaceable-leaves.js';

const UNIQUE_VIOLATION = '23505';
/** How long the import waits for readers and writers of the table when its partitions change places. */
const LOCK_TIMEOUT_MS = 10_000;
const LIKE = 'INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE';
/** Indexes are built in memory. Workers that help are started for large partitions alone, as by default: for small ones they cost more. */
const BUILD_SETTINGS = `SET LOCAL maintenance_work_mem = '128MB'`;

/** Thrown when rows turn out to have a key twice, which is known only when the index is built. */
export class NotStageable extends Error {
  override readonly name = 'NotStageable';
}

/** A partition and the table that is to take its place. */
interface StagedLeaf extends Leaf {
  readonly staged: string;
  readonly stagedName: string;
}

/**
 * A copy of a partitioned table without indexes, in the transaction of the import and seen by nobody else. What is loaded
 * into it takes the place of partitions that are empty: their indexes are then built once, instead of row by row, which is
 * most of the work of a load. Rows of partitions that are not empty are inserted into them in the end.
 */
export class StagedPartitions {
  /** What to load into. */
  readonly quoted: string;
  private readonly stem = `penstock_import_${randomBytes(4).toString('hex')}`;
  private leaves: readonly StagedLeaf[] = [];

  private constructor(
    private readonly client: ClientBase,
    private readonly table: LiveTable,
  ) {
    this.quoted = this.qualified(this.stem);
  }

  /** @returns undefined where partitions cannot change places without losing something, or none is empty */
  static async open(
    client: ClientBase,
    table: LiveTable,
    toleratedTriggers: readonly string[],
  ): Promise<StagedPartitions | undefined> {
    const leaves = await replaceableLeaves(client, table, toleratedTriggers);
    if (!leaves?.some(({ isEmpty }) => isEmpty)) return undefined;
    const staged = new StagedPartitions(client, table);
    await staged.create(leaves);
    return staged;
  }

  /** Whether most of what was loaded so far belongs into empty partitions. */
  async isWorthwhile(): Promise<boolean> {
    const empty = this.leaves
      .filter(({ isEmpty }) => isEmpty)
      .map(({ staged }) => `SELECT count(*) AS n FROM ${staged}`);
    const { rows } = await this.client.query<{ part: string; all: string }>(
      `SELECT (SELECT sum(n) FROM (${empty.join(' UNION ALL ')}) e) AS part, (SELECT count(*) FROM ${this.quoted}) AS all`,
    );
    return Number(rows[0]?.part) * 2 > Number(rows[0]?.all);
  }

  /** A partition that was just made gets its stage as well. */
  async add(leaf: Leaf): Promise<void> {
    await this.create([leaf], false);
  }

  /**
   * Brings what was loaded into the table.
   *
   * @returns the partitions that were replaced
   * @throws NotStageable
   */
  async finish(): Promise<string[]> {
    const { client } = this;
    const filled = await this.filled();
    const fresh = filled.filter(({ isEmpty }) => isEmpty);
    await client.query('SAVEPOINT penstock_finish');
    try {
      await client.query(BUILD_SETTINGS);
      const indexes = await StagedIndexes.of(
        client,
        fresh.map(({ oid }) => oid),
      );
      await this.prepare(fresh, indexes);
      for (const { staged, isEmpty } of filled) if (!isEmpty) await this.insertFrom(staged);
      await this.replace(fresh, indexes);
      await client.query(`DROP TABLE ${this.quoted}`);
      return fresh.map(({ name }) => name);
    } catch (cause) {
      if (sqlState(cause) === UNIQUE_VIOLATION) throw new NotStageable('A key is there twice.', { cause });
      if (!(cause instanceof DatabaseError) || isUnreachable(cause)) throw cause;
      // Locked by others, used by a view, filled meanwhile: row by row it always works.
      await client.query('ROLLBACK TO SAVEPOINT penstock_finish');
      await this.insertAll();
      return [];
    }
  }

  private async create(leaves: readonly Leaf[], withRoot = true): Promise<void> {
    const statements = withRoot
      ? [`CREATE TABLE ${this.quoted} (LIKE ${this.table.quoted} ${LIKE}) PARTITION BY ${await this.partitionKey()}`]
      : [];
    for (const leaf of leaves) {
      const stagedName = `${this.stem}_${this.leaves.length}`;
      const staged = this.qualified(stagedName);
      this.leaves = [...this.leaves, { ...leaf, staged, stagedName }];
      statements.push(
        `CREATE TABLE ${staged} (LIKE ${this.table.quoted} ${LIKE})`,
        `ALTER TABLE ${this.quoted} ATTACH PARTITION ${staged} ${leaf.bound}`,
      );
    }
    await this.client.query(statements.join('; '));
    const other = await withOtherRights(this.client, this.leaves);
    this.leaves = this.leaves.map((leaf) => (other.has(leaf.oid) ? { ...leaf, isEmpty: false } : leaf));
  }

  private async partitionKey(): Promise<string> {
    const { rows } = await this.client.query<{ key: string }>('SELECT pg_get_partkeydef($1) AS key', [this.table.oid]);
    return rows[0]?.key ?? '';
  }

  private async filled(): Promise<StagedLeaf[]> {
    const some = await this.haveRows(this.leaves.map(({ staged }) => staged));
    return this.leaves.filter((_, index) => some.has(index));
  }

  /** Which of the tables have rows, by their places. */
  private async haveRows(tables: readonly string[]): Promise<Set<number>> {
    if (tables.length === 0) return new Set();
    const looks = tables.map((table, index) => `SELECT ${index} AS place WHERE EXISTS (SELECT FROM ${table})`);
    const { rows } = await this.client.query<{ place: number }>(looks.join(' UNION ALL '));
    return new Set(rows.map(({ place }) => place));
  }

  /** Everything that takes long, before anybody is kept waiting. */
  private async prepare(leaves: readonly StagedLeaf[], indexes: StagedIndexes): Promise<void> {
    const { rows } = await this.client.query<{ oid: number; check: string | null }>(
      `SELECT o::int8::float8 AS oid, pg_get_partition_constraintdef(o) AS check FROM unnest($1::oid[]) o`,
      [leaves.map(({ oid }) => oid)],
    );
    const checks = new Map(rows.map(({ oid, check }) => [oid, check]));
    for (const { oid, staged, stagedName } of leaves) {
      const statements = [
        `ALTER TABLE ${this.quoted} DETACH PARTITION ${staged}`,
        // With this constraint attaching need not read the rows.
        `ALTER TABLE ${staged} ADD CONSTRAINT penstock_bound CHECK (${checks.get(oid) ?? 'true'})`,
        ...indexes.build(oid, staged, stagedName),
      ];
      await this.client.query(statements.join('; '));
    }
  }

  /** Partitions change places; the table is locked for these few statements. */
  private async replace(leaves: readonly StagedLeaf[], indexes: StagedIndexes): Promise<void> {
    if (leaves.length === 0) return;
    const { client, table } = this;
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; LOCK TABLE ${table.quoted} IN ACCESS EXCLUSIVE MODE;
      SET LOCAL lock_timeout TO DEFAULT`);
    // Somebody may have been faster while the file was read.
    const some = await this.haveRows(leaves.map(({ quoted }) => quoted));
    const statements = leaves.flatMap((leaf, index) => (some.has(index) ? [] : this.swap(leaf, indexes)));
    if (statements.length > 0) await client.query(statements.join('; '));
    for (const [index, { staged }] of leaves.entries()) {
      if (!some.has(index)) continue;
      await this.insertFrom(staged);
      await client.query(`DROP TABLE ${staged}`);
    }
  }

  private swap({ oid, name, quoted, staged, stagedName, bound }: StagedLeaf, indexes: StagedIndexes): string[] {
    return [
      `DROP TABLE ${quoted}`,
      `ALTER TABLE ${staged} RENAME TO ${escapeIdentifier(name)}`,
      ...indexes.rename(oid, stagedName, this.table.schema),
      `ALTER TABLE ${this.table.quoted} ATTACH PARTITION ${quoted} ${bound}`,
      `ALTER TABLE ${quoted} DROP CONSTRAINT penstock_bound`,
    ];
  }

  private async insertAll(): Promise<void> {
    try {
      await this.insertFrom(this.quoted);
      await this.client.query(`DROP TABLE ${this.quoted}`);
    } catch (cause) {
      if (sqlState(cause) === UNIQUE_VIOLATION) throw new NotStageable('A key is there twice.', { cause });
      throw cause;
    }
  }

  private async insertFrom(source: string): Promise<void> {
    const columns = this.table.columns
      .filter(({ isGenerated }) => !isGenerated)
      .map(({ name }) => escapeIdentifier(name));
    const list = columns.join(', ');
    await this.client.query(`INSERT INTO ${this.table.quoted} (${list}) SELECT ${list} FROM ${source}`);
  }

  private qualified(name: string): string {
    return `${escapeIdentifier(this.table.schema)}.${escapeIdentifier(name)}`;
  }
}
