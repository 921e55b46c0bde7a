import type { KnownPartition, MonthRange, PartitionPlan } from '../sales-reporting/plan-partitions.js';
import type { QualifiedName } from '../sales-reporting/qualified-name.js';

/** A table that is partitioned by a range of days or of times (those of UTC, where they know a zone). */
export interface PartitionedTable {
  /** With its schema, as PostgreSQL found it. */
  readonly name: Required<QualifiedName>;
  readonly keyColumn: string;
  readonly keyType: 'date' | 'timestamp' | 'timestamptz';
  /** Of the first level, in order; without the default one. */
  readonly partitions: readonly KnownPartition[];
  readonly defaultPartition?: string;
  /** Whether rows lie in the default partition, which have no place of their own. */
  readonly hasStrays: boolean;
}

export interface NewPartition extends MonthRange {
  readonly name: string;
  /** Rows that were moved into it from the default partition. */
  readonly moved: number;
}

/**
 * Partitions of tables in PostgreSQL. Works beside readers and writers: what has to lock waits for a few seconds, and
 * then gives up without having changed anything.
 *
 * @throws PenstockError `table.unknown`, `table.unsuitable` (not partitioned, or not by one column of days or times),
 *   `table.locked` (somebody was in the way for too long), `table.forbidden`, `database.unreachable`
 */
export abstract class TablePartitions {
  abstract describe(table: QualifiedName): Promise<PartitionedTable>;

  /**
   * Creates what is missing, all of it or nothing: the plan is made anew once nobody else can change the partitions. Rows of
   * the default partition that belong into a new one are moved in the same transaction.
   *
   * @throws `table.exists` (another table has the name of a partition), `rows.rejected` (rows cannot be moved, because other
   *   tables refer to them)
   */
  abstract create(
    table: QualifiedName,
    plan: (partitions: readonly KnownPartition[]) => PartitionPlan,
  ): Promise<{ readonly plan: PartitionPlan; readonly created: readonly NewPartition[] }>;

  /**
   * Takes a partition out of the table: it stays as a table of its own, or with `drop` does not.
   *
   * @returns whether it was there
   */
  abstract retire(table: QualifiedName, partition: string, options: { readonly drop: boolean }): Promise<boolean>;
}
