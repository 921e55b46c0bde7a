/** A column of a live table, as far as an import must know it. */
export interface TableColumn {
  readonly name: string;
  /** PostgreSQL's internal name of the type: `int4`, `numeric`, `varchar`, `date`, …; of a domain, that of its base. */
  readonly type: string;
  /** Of `varchar(n)` and `char(n)`, in characters. */
  readonly maxLength?: number;
  /** Of `numeric(p, s)`. */
  readonly precision?: number;
  readonly scale?: number;
  readonly isNullable: boolean;
  /** Rows that leave it out get a value: a default, an identity, or it may be null. */
  readonly isOptional: boolean;
  /** Computed from others, or an identity that takes no value: files cannot have it. */
  readonly isGenerated: boolean;
}

/** A range of a partition, as numbers that sort as the key does: `20250131` for a date. `to` is not part of it. */
export interface PartitionRange {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The partition of a row: its range, or `default` for the one without. */
export type RowPlace = Omit<PartitionRange, 'name'> | 'default';

export interface TablePartitions {
  /** The column of the key. */
  readonly column: string;
  readonly keyType: 'date' | 'integer';
  /** In order; they do not overlap. */
  readonly ranges: readonly PartitionRange[];
  readonly hasDefault: boolean;
}

/** A table as an import finds it. */
export interface ImportTable {
  /** As in its schema, for people: `sales_report`, or `archive.sales_report` outside the search path. */
  readonly name: string;
  readonly columns: readonly TableColumn[];
  /** Where it is partitioned by the range of one date or whole number; what else decides is left to the database. */
  readonly partitions?: TablePartitions;
}
