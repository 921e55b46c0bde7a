import { randomBytes } from 'node:crypto';
import { type ClientBase, escapeIdentifier } from 'pg';
import type { Leaf } from './replaceable-leaves.js';
import { StagedIndexes } from './staged-indexes.js';

/** What a stage has from the table it is made after. */
export const LIKE = 'INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE';
/** What the names of stages begin with; eight digits follow, and of a partition `_` and its number. */
export const STAGE_PREFIX = 'penstock_import_';
/** Indexes are built in memory. Workers that help are started for large partitions alone, as by default: for small ones they cost more. */
const BUILD_SETTINGS = `SET LOCAL maintenance_work_mem = '128MB'`;

/** A partition and the table that is to take its place. */
export interface StagedLeaf extends Leaf {
  readonly staged: string;
  readonly stagedName: string;
}

export interface StageShape {
  readonly schema: string;
  /** The table the stage is made after, quoted. */
  readonly like: string;
  /** `RANGE (sales_date)`. */
  readonly partitionKey: string;
}

/** What tables must have before they can take the places of partitions. */
export interface BuildPlan {
  readonly indexes: StagedIndexes;
  /** The bounds of each partition as a condition. */
  readonly checks: ReadonlyMap<number, string | null>;
}

export async function buildPlan(client: ClientBase, leaves: readonly Leaf[]): Promise<BuildPlan> {
  const oids = leaves.map(({ oid }) => oid);
  const indexes = await StagedIndexes.of(client, oids);
  const { rows } = await client.query<{ oid: number; check: string | null }>(
    `SELECT o::int8::float8 AS oid, pg_get_partition_constraintdef(o) AS check FROM unnest($1::oid[]) o`,
    [oids],
  );
  return { indexes, checks: new Map(rows.map(({ oid, check }) => [oid, check])) };
}

/** A copy of a partitioned table, without indexes, and of some of its partitions; in the transaction that makes it. */
export class StageTables {
  leaves: readonly StagedLeaf[] = [];
  /** The copy of the table, quoted. */
  readonly quoted: string;
  /** Tells this stage from all others. */
  readonly number = randomBytes(4).toString('hex');
  private readonly stem = STAGE_PREFIX + this.number;

  constructor(
    private readonly client: ClientBase,
    private readonly shape: StageShape,
  ) {
    this.quoted = this.qualified(this.stem);
  }

  async create(leaves: readonly Leaf[]): Promise<void> {
    const { like, partitionKey } = this.shape;
    const root = `CREATE TABLE ${this.quoted} (LIKE ${like} ${LIKE}) PARTITION BY ${partitionKey}`;
    await this.client.query([root, ...this.added(leaves)].join('; '));
  }

  async add(leaf: Leaf): Promise<void> {
    await this.client.query(this.added([leaf]).join('; '));
  }

  /** Those that have rows. */
  async filled(): Promise<StagedLeaf[]> {
    const some = await havingRows(
      this.client,
      this.leaves.map(({ staged }) => staged),
    );
    return this.leaves.filter((_, index) => some.has(index));
  }

  /** Makes tables of their own of these, with the indexes of the partitions and a constraint that spares attaching them a look at the rows. */
  async build(leaves: readonly StagedLeaf[], { indexes, checks }: BuildPlan): Promise<void> {
    await this.client.query(BUILD_SETTINGS);
    for (const { oid, staged, stagedName } of leaves) {
      const statements = [
        `ALTER TABLE ${this.quoted} DETACH PARTITION ${staged}`,
        `ALTER TABLE ${staged} ADD CONSTRAINT penstock_bound CHECK (${checks.get(oid) ?? 'true'})`,
        ...indexes.build(oid, staged, stagedName),
      ];
      await this.client.query(statements.join('; '));
    }
  }

  private added(leaves: readonly Leaf[]): string[] {
    const staged = leaves.map((leaf, index) => {
      const stagedName = `${this.stem}_${this.leaves.length + index}`;
      return { ...leaf, stagedName, staged: this.qualified(stagedName) };
    });
    this.leaves = [...this.leaves, ...staged];
    return staged.flatMap((leaf) => [
      `CREATE TABLE ${leaf.staged} (LIKE ${this.shape.like} ${LIKE})`,
      `ALTER TABLE ${this.quoted} ATTACH PARTITION ${leaf.staged} ${leaf.bound}`,
    ]);
  }

  private qualified(name: string): string {
    return `${escapeIdentifier(this.shape.schema)}.${escapeIdentifier(name)}`;
  }
}

/** Which of the tables have rows, by their places. */
export async function havingRows(client: ClientBase, tables: readonly string[]): Promise<Set<number>> {
  if (tables.length === 0) return new Set();
  const looks = tables.map((table, index) => `SELECT ${index} AS place WHERE EXISTS (SELECT FROM ${table})`);
  const { rows } = await client.query<{ place: number }>(looks.join(' UNION ALL '));
  return new Set(rows.map(({ place }) => place));
}
