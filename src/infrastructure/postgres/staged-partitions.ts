import { type ClientBase, DatabaseError, escapeIdentifier } from 'pg';
import type { RowGroup } from '../../domain/sales-reporting/csv/row-grouping.js';
import type { RowPlace } from '../../domain/sales-reporting/import-table.js';
import type { LiveTable } from './import-table.js';
import { isUnreachable, sqlState } from './migration-session.js';
import { type Leaf, replaceableLeaves, withOtherRights } from './replaceable-leaves.js';
import { SecondStage, type SecondStageParts } from './second-stage.js';
import { both } from './settled.js';
import { type BuildPlan, buildPlan, havingRows, type StagedLeaf, StageTables } from './stage-tables.js';

const UNIQUE_VIOLATION = '23505';
/** How long the import waits for readers and writers of the table when its partitions change places. */
const LOCK_TIMEOUT_MS = 10_000;

/** Thrown when rows turn out to have a key twice, which is known only when the index is built. */
export class NotStageable extends Error {
  override readonly name = 'NotStageable';
}

/**
 * A copy of a partitioned table without indexes, in the transaction of the import and seen by nobody else. What is loaded
 * into it takes the place of partitions that are empty: their indexes are then built once, instead of row by row, which is
 * most of the work of a load. Rows of partitions that are not empty are inserted into them in the end. A second stage, over
 * another connection, may take some of the empty partitions.
 */
export class StagedPartitions {
  private readonly tables: StageTables;
  private empty: ReadonlySet<number> = new Set();
  private second: SecondStage | undefined;
  /** Partitions that the second stage is for, by their ranges. */
  private readonly seconds = new Map<string, Leaf>();

  private constructor(
    private readonly client: ClientBase,
    private readonly table: LiveTable,
    private readonly partitionKey: string,
  ) {
    this.tables = new StageTables(client, { schema: table.schema, like: table.quoted, partitionKey });
  }

  /** @returns undefined where partitions cannot change places without losing something, or none is empty */
  static async open(
    client: ClientBase,
    table: LiveTable,
    toleratedTriggers: readonly string[],
  ): Promise<StagedPartitions | undefined> {
    const leaves = await replaceableLeaves(client, table, toleratedTriggers);
    if (!leaves?.some(({ isEmpty }) => isEmpty)) return undefined;
    const staged = new StagedPartitions(client, table, await partitionKeyOf(client, table));
    await staged.tables.create(leaves);
    await staged.lookAtRights();
    return staged;
  }

  /** What to load into. */
  get quoted(): string {
    return this.tables.quoted;
  }

  /** Whether most of these rows belong into empty partitions; undefined where only the database can tell. */
  suits(groups: readonly RowGroup[] | undefined): boolean | undefined {
    if (groups === undefined) return undefined;
    const leaves = this.leavesByRange();
    let [part, all] = [0, 0];
    for (const { place, rows } of groups) {
      const leaf = leaves.get(rangeKey(place));
      if (leaf !== undefined && this.empty.has(leaf.oid)) part += rows;
      all += rows;
    }
    return part * 2 > all;
  }

  /** Whether most of what was loaded so far belongs into empty partitions. */
  async isWorthwhile(): Promise<boolean> {
    const empty = this.tables.leaves
      .filter(({ oid }) => this.empty.has(oid))
      .map(({ staged }) => `SELECT count(*) AS n FROM ${staged}`);
    const { rows } = await this.client.query<{ part: string; all: string }>(
      `SELECT (SELECT sum(n) FROM (${empty.join(' UNION ALL ')}) e) AS part, (SELECT count(*) FROM ${this.quoted}) AS all`,
    );
    return Number(rows[0]?.part) * 2 > Number(rows[0]?.all);
  }

  /** Opens a second stage for about half of these rows. */
  async share(
    parts: Omit<SecondStageParts, 'partitionKey'>,
    groups: readonly RowGroup[],
  ): Promise<SecondStage | undefined> {
    const leaves = this.leavesByRange();
    const rows = new Map(groups.map(({ place, rows: count }) => [rangeKey(place), count]));
    const ranges = [...leaves.keys()].filter((range) => this.empty.has(leaves.get(range)?.oid ?? 0));
    const theirs = otherHalf(ranges, (range) => rows.get(range) ?? 0);
    for (const range of theirs) this.seconds.set(range, leaves.get(range) as Leaf); // theirs are some of them
    const { partitionKey } = this;
    this.second = await SecondStage.open({ ...parts, partitionKey }, [...this.seconds.values()]);
    if (this.second === undefined) this.seconds.clear();
    return this.second;
  }

  /** Whether rows of the partition go into the second stage. */
  isSecond(place: RowPlace): boolean {
    return this.seconds.has(rangeKey(place));
  }

  /** A partition that was just made gets its stage as well. */
  async add(leaf: Leaf): Promise<void> {
    await this.tables.add(leaf);
    await this.lookAtRights();
  }

  /**
   * Brings what was loaded into the table.
   *
   * @returns the partitions that were replaced
   * @throws NotStageable
   */
  async finish(): Promise<string[]> {
    const { client } = this;
    const filled = await this.tables.filled();
    await client.query('SAVEPOINT penstock_finish');
    try {
      return await this.bringIn(filled);
    } catch (cause) {
      if (sqlState(cause) === UNIQUE_VIOLATION) throw new NotStageable('A key is there twice.', { cause });
      if (!(cause instanceof DatabaseError) || isUnreachable(cause)) throw cause;
      // Locked by others, used by a view, filled meanwhile: row by row it always works.
      await client.query('ROLLBACK TO SAVEPOINT penstock_finish');
      await this.insertAll();
      return [];
    }
  }

  /** Brings the rows of the second stage into this one. */
  async gather(): Promise<void> {
    for (const source of (await this.second?.commit()) ?? []) {
      await this.insertFrom(source, this.quoted);
      await this.client.query(`DROP TABLE ${source}`);
    }
    this.second = undefined;
    this.seconds.clear();
  }

  private async bringIn(filled: readonly StagedLeaf[]): Promise<string[]> {
    const { client, second, tables } = this;
    // Rows whose partition only the database could tell may be here though it is the second stage's.
    const seconds = new Set([...this.seconds.values()].map(({ oid }) => oid));
    const fresh = filled.filter(({ oid }) => this.empty.has(oid) && !seconds.has(oid));
    const plan = await buildPlan(client, [...fresh, ...(second?.leaves ?? [])]);
    await both(tables.build(fresh, plan), second?.build(plan) ?? Promise.resolve());
    for (const leaf of filled) if (!fresh.includes(leaf)) await this.insertFrom(leaf.staged);
    const all = [...fresh, ...(second?.built ?? [])];
    if (all.length > 0) await this.replace(all, plan);
    await client.query(`DROP TABLE ${this.quoted}`);
    return all.map(({ name }) => name);
  }

  /** Partitions change places; the table is locked for these few statements. */
  private async replace(leaves: readonly StagedLeaf[], plan: BuildPlan): Promise<void> {
    const { client, table } = this;
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; LOCK TABLE ${table.quoted} IN ACCESS EXCLUSIVE MODE;
      SET LOCAL lock_timeout TO DEFAULT`);
    // Whoever reads the table locks it before: with the lock, nobody sees this commit and not the one of the import.
    await this.second?.commit();
    // Somebody may have been faster while the file was read.
    const some = await havingRows(
      client,
      leaves.map(({ quoted }) => quoted),
    );
    const statements = leaves.flatMap((leaf, index) => (some.has(index) ? [] : this.swap(leaf, plan)));
    if (statements.length > 0) await client.query(statements.join('; '));
    for (const [index, { staged }] of leaves.entries()) {
      if (!some.has(index)) continue;
      await this.insertFrom(staged);
      await client.query(`DROP TABLE ${staged}`);
    }
  }

  private swap({ oid, name, quoted, staged, stagedName, bound }: StagedLeaf, { indexes }: BuildPlan): string[] {
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
      for (const source of [this.quoted, ...((await this.second?.commit()) ?? [])]) {
        await this.insertFrom(source);
        await this.client.query(`DROP TABLE ${source}`);
      }
    } catch (cause) {
      if (sqlState(cause) === UNIQUE_VIOLATION) throw new NotStageable('A key is there twice.', { cause });
      throw cause;
    }
  }

  private async insertFrom(source: string, into = this.table.quoted): Promise<void> {
    const columns = this.table.columns
      .filter(({ isGenerated }) => !isGenerated)
      .map(({ name }) => escapeIdentifier(name));
    const list = columns.join(', ');
    await this.client.query(`INSERT INTO ${into} (${list}) SELECT ${list} FROM ${source}`);
  }

  /** Those with rights of their own stay the tables they are. */
  private async lookAtRights(): Promise<void> {
    const other = await withOtherRights(this.client, this.tables.leaves);
    const empty = this.tables.leaves.filter(({ oid, isEmpty }) => isEmpty && !other.has(oid));
    this.empty = new Set(empty.map(({ oid }) => oid));
  }

  private leavesByRange(): Map<string, Leaf> {
    const byName = new Map(this.tables.leaves.map((leaf) => [leaf.name, leaf]));
    const ranges = this.table.partitions?.ranges ?? [];
    return new Map(
      ranges.flatMap((range) => {
        const leaf = byName.get(range.name);
        return leaf === undefined ? [] : [[rangeKey(range), leaf] as const];
      }),
    );
  }
}

function rangeKey(place: RowPlace): string {
  return place === 'default' ? place : `${place.from} ${place.to}`;
}

async function partitionKeyOf(client: ClientBase, { oid }: LiveTable): Promise<string> {
  const { rows } = await client.query<{ key: string }>('SELECT pg_get_partkeydef($1) AS key', [oid]);
  return rows[0]?.key ?? '';
}

/** About half of the ranges by their rows; those of which nothing is known yet in turn, as neighbours come one after another. */
function otherHalf(ranges: readonly string[], rowsOf: (range: string) => number): string[] {
  const halves = { ours: 0, theirs: 0 };
  const theirs: string[] = [];
  for (const range of ranges.toSorted((a, b) => rowsOf(b) - rowsOf(a))) {
    const isTheirs = halves.theirs < halves.ours;
    // A range without rows counts a little, so that such ranges take turns.
    halves[isTheirs ? 'theirs' : 'ours'] += rowsOf(range) + 0.001;
    if (isTheirs) theirs.push(range);
  }
  return theirs;
}
